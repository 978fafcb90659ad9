// SPDX-License-Identifier: Apache-2.0
#include "core/images/seen_pictures.hpp"

#include <algorithm>

namespace gmtrain {
namespace {

template <class T>
std::array<T, 2> range(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  const size_t beyond = values.size() / 100;
  return {values[beyond], values[values.size() - 1 - beyond]};
}

}  // namespace

void SeenPictures::add(ImageSize size, double mean, double deviation) {
  heights_.push_back(size.height);
  widths_.push_back(size.width);
  means_.push_back(static_cast<float>(mean));
  deviations_.push_back(static_cast<float>(deviation));
}

std::optional<PictureRanges> SeenPictures::ranges() const {
  if (means_.empty()) return std::nullopt;
  return PictureRanges{range(heights_), range(widths_), range(means_), range(deviations_)};
}

}  // namespace gmtrain
