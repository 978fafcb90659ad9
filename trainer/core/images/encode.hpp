// SPDX-License-Identifier: Apache-2.0
// Writing image files by OpenCV.
#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace gmtrain {

/// Writes an image in the format that the file's extension names. By write_new_file(), since OpenCV
/// itself says that it wrote a file where the disk was full.
/// @throws std::runtime_error naming the file where it cannot be written
void write_image(const std::filesystem::path& file, const cv::Mat& image);

}  // namespace gmtrain
