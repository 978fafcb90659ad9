// Image files to pixels, by OpenCV.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/images/window.hpp"

namespace gmtrain {

struct DecodedImage {
  ImageSize size;
  std::vector<uint8_t> pixels;  ///< [channels,height,width]: grey, or blue, green, red
};

/// @param channels 1 or 3; grey is converted to colour, or colour to grey
/// @param side 0: the image as it is. Otherwise its shorter side is resized to this, and its middle
///             square kept
/// @throws ImageError as read_image()
DecodedImage decode_image(const std::string& file, int64_t channels, int64_t side);

}  // namespace gmtrain
