// SPDX-License-Identifier: Apache-2.0
// Reading image files by OpenCV, with errors that name them.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <stdexcept>
#include <string>

#include "core/images/window.hpp"

namespace gmtrain {

/// Reads a picture and prepares it, as an application does.
/// @param out [channels,height,width] as `how` says: grey, or planes in its channel order
/// @return the picture's own size
/// @throws ImageError as read_image(), and where the picture cannot be prepared
ImageSize decode_image(const std::string& file, const cv::dnn_gm::ImagePreparation& how,
                       uint8_t* out);

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
