// Reading an image file by OpenCV, with errors that name it.
#pragma once

#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>

namespace gmtrain {

/// An image file that cannot be read, is broken or is cut short; the message names it.
struct ImageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// As cv::imread (which turns images as their EXIF data say).
/// @param flags cv::IMREAD_...
/// @throws ImageError; also for a JPEG file without its end, which OpenCV would fill with grey
cv::Mat read_image(const std::string& file, int flags);

}  // namespace gmtrain
