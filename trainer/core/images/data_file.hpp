// SPDX-License-Identifier: Apache-2.0
// The files of data sets that are kept in few large files.
#pragma once

#include <filesystem>
#include <string>

#include "core/files/input_file.hpp"

namespace gmtrain {

/// @throws std::runtime_error naming the file where it cannot be read; where it is missing, what
/// lies in its folder instead
InputFile open_data_file(const std::filesystem::path& file);

/// Sorted names of what lies in a folder, the first of many, for messages: "a, b, c"; "nothing".
/// Those that begin with '.' are left out.
std::string names_for_message(const std::filesystem::path& folder);

}  // namespace gmtrain
