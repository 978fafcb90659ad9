// Image files to what a network takes.
#pragma once

#include <cstdint>
#include <opencv2/dnn_gm.hpp>
#include <string>

#include "core/images/window.hpp"

namespace gmtrain {

/// Reads a picture and prepares it, as an application does.
/// @param out [channels,height,width] as `how` says: grey, or planes in its channel order
/// @return the picture's own size
/// @throws ImageError as read_image(), and where the picture cannot be prepared
ImageSize decode_image(const std::string& file, const cv::dnn_gm::ImagePreparation& how,
                       uint8_t* out);

}  // namespace gmtrain
