// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace gmtrain {

/// write_file() of what a verb was asked for, with the folders it is in, and tells the user.
void write_result(const std::filesystem::path& file, std::string_view contents);

}  // namespace gmtrain
