// SPDX-License-Identifier: Apache-2.0
// Where the five points of each face are: from a file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/faces/align.hpp"

namespace gmtrain {

/// Reads a text file with a line for each image: its path relative to the folder of images, then x
/// and y of the five points in the order of FacePoints, divided by tabs or spaces; paths therefore
/// have none. Empty lines and lines that begin with '#' do not count.
/// @throws std::runtime_error naming the file, the line and what was expected
std::map<std::string, FacePoints> read_landmarks(const std::filesystem::path& file);

}  // namespace gmtrain
