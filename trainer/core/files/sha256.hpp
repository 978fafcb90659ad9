// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gmtrain {

constexpr size_t kSha256Digits = 64;

/// SHA-256 of `bytes` (FIPS 180-4), as lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace gmtrain
