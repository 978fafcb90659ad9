// SPDX-License-Identifier: Apache-2.0
#include "core/images/augmentation.hpp"

namespace gmtrain {
namespace {

/// SplitMix64 (Steele, Lea, Flood, 2014): cheap to start anew for each image.
class SplitMix {
 public:
  explicit SplitMix(const Occasion& occasion) {
    for (const int64_t part : {occasion.seed, occasion.epoch, occasion.image}) {
      state_ = next() ^ static_cast<uint64_t>(part);
    }
  }

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  /// From 0 to `last`.
  int64_t up_to(int64_t last) {
    return static_cast<int64_t>(next() % static_cast<uint64_t>(last + 1));
  }

 private:
  uint64_t state_ = 0;
};

}  // namespace

Window random_window(const Augmentation& augmentation, ImageSize image, const Occasion& occasion) {
  const auto& [mirror, padding, crop] = augmentation;
  SplitMix random(occasion);
  const int64_t top = random.up_to(image.height + 2 * padding - crop.height) - padding;
  const int64_t left = random.up_to(image.width + 2 * padding - crop.width) - padding;
  return {top, left, random.up_to(1) == 1 && mirror};
}

}  // namespace gmtrain
