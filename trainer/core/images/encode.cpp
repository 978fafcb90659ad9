// SPDX-License-Identifier: Apache-2.0
#include "core/images/encode.hpp"

#include <fmt/format.h>

#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <vector>

#include "core/files/atomic_file.hpp"

namespace gmtrain {

void write_image(const std::filesystem::path& file, const cv::Mat& image) {
  std::vector<uint8_t> bytes;
  bool encoded = false;
  try {
    encoded = cv::imencode(file.extension().string(), image, bytes);
  } catch (const cv::Exception&) {
    // OpenCV has no encoder for it.
  }
  if (!encoded) {
    throw std::runtime_error(fmt::format("{}: expected an image format that OpenCV writes, got {}",
                                         file.string(), file.extension().string()));
  }
  write_new_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace gmtrain
