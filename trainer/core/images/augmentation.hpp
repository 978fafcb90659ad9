// SPDX-License-Identifier: Apache-2.0
// Random changes to training images (Sects. 4.2 to 4.4 of the paper).
#pragma once

#include "core/images/window.hpp"

namespace gmtrain {

struct Augmentation {
  bool mirror = false;  ///< half of the images have left and right exchanged
  int64_t padding = 0;  ///< pixels of value 0 around the image before it is cropped
  ImageSize crop;       ///< of the window that is kept

  /// Whether an image of this size stays as it is.
  bool is_off(ImageSize image) const {
    return !mirror && padding == 0 && crop.height == image.height && crop.width == image.width;
  }
};

/// What chance depends on: an image has the same window in the same epoch, in whatever batch and
/// order it comes, so that a training that is resumed sees what an unbroken one sees.
struct Occasion {
  int64_t seed, epoch, image;
};

/// A window that is drawn evenly from all that lie in the padded image.
/// @param image its size without padding; at least `crop` with it
Window random_window(const Augmentation& augmentation, ImageSize image, const Occasion& occasion);

}  // namespace gmtrain
