// Reading an image file by OpenCV, with errors that name it.
#pragma once

#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>

namespace gmtrain {

/// An image file that cannot be read, is broken or is cut short, or a picture in it that cannot be
/// used; the message names it.
struct ImageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// cv::dnn_gm::readImage, by which applications read as well: trainer and application see the same.
/// @return 8 bits, blue, green, red
/// @throws ImageError
cv::Mat read_image(const std::string& file);

}  // namespace gmtrain
