// SPDX-License-Identifier: Apache-2.0
#include "core/images/window.hpp"

#include <algorithm>

namespace gmtrain {

Window centre_window(ImageSize image, ImageSize window) {
  return {(image.height - window.height) / 2, (image.width - window.width) / 2, false};
}

std::vector<Window> ten_windows(ImageSize image, ImageSize window) {
  const int64_t bottom = image.height - window.height, right = image.width - window.width;
  std::vector<Window> windows{
      centre_window(image, window), {0, 0}, {0, right}, {bottom, 0}, {bottom, right}};
  for (int i = 0; i < 5; ++i) {
    windows.push_back(windows[i]);
    windows.back().mirrored = true;
  }
  return windows;
}

void copy_window(const uint8_t* image, int64_t channels, ImageSize size, const Window& window,
                 uint8_t* out, ImageSize out_size) {
  const int64_t first = std::clamp<int64_t>(-window.left, 0, out_size.width);
  const int64_t last = std::clamp<int64_t>(size.width - window.left, first, out_size.width);
  std::fill_n(out, channels * out_size.height * out_size.width, uint8_t{0});
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t y = 0; y < out_size.height; ++y) {
      const int64_t from = window.top + y;
      if (from < 0 || from >= size.height) continue;
      const uint8_t* row = image + (c * size.height + from) * size.width + window.left;
      uint8_t* out_row = out + (c * out_size.height + y) * out_size.width;
      if (window.mirrored) {
        std::reverse_copy(row + first, row + last, out_row + out_size.width - last);
      } else {
        std::copy(row + first, row + last, out_row + first);
      }
    }
  }
}

}  // namespace gmtrain
