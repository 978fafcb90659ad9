// SPDX-License-Identifier: Apache-2.0
// Image files for data sets of the format "folder".
#pragma once

#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <string>

namespace gmtrain::test {

/// Writes `count` colour images 000.png, 001.png, ... of 6x8 pixels. Image i has blue = `value`,
/// green = i, red = 200.
inline void write_class(const std::filesystem::path& folder, int count, int value) {
  std::filesystem::create_directories(folder);
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(1000 + i).substr(1);
    cv::imwrite((folder / (number + ".png")).string(),
                cv::Mat(6, 8, CV_8UC3, cv::Scalar(value, i, 200)));
  }
}

}  // namespace gmtrain::test
