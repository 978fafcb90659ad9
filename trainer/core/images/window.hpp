// SPDX-License-Identifier: Apache-2.0
// Crops and mirror images of an image, as places to copy from.
#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

struct ImageSize {
  int64_t height = 0, width = 0;
};

/// Where an image is cut out of another. It may reach over the border: there it reads pixel value
/// 0.
struct Window {
  int64_t top = 0, left = 0;  ///< of its corner in the image
  bool mirrored = false;      ///< left and right are exchanged
};

/// The window of size `window` in the middle of an image; half a pixel towards its corner where
/// the margins cannot be equal.
Window centre_window(ImageSize image, ImageSize window);

/// The ten windows of 10-crop evaluation: centre and four corners, then their mirror images.
std::vector<Window> ten_windows(ImageSize image, ImageSize window);

/// Copies one image's window.
/// @param image [channels,height,width], of size `size`
/// @param out [channels,height,width], of size `out_size`
void copy_window(const uint8_t* image, int64_t channels, ImageSize size, const Window& window,
                 uint8_t* out, ImageSize out_size);

}  // namespace gmtrain
