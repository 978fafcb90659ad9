// SPDX-License-Identifier: Apache-2.0
// What pictures a calibration has seen.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/images/window.hpp"

namespace gmtrain {

/// Between which values nearly all of the calibration's pictures lie, least and largest.
struct PictureRanges {
  std::array<int64_t, 2> heights, widths;  ///< as they came, pixels
  std::array<float, 2> means, deviations;  ///< of a prepared picture's pixels, all channels
};

class SeenPictures {
 public:
  /// @param size of the picture as it came
  /// @param mean,deviation of the prepared picture's pixels
  void add(ImageSize size, double mean, double deviation);

  /// Between which values all but a hundredth at either end lie: a few broken pictures among those
  /// of a calibration shall not make everything look usual. Nothing if no picture was seen.
  std::optional<PictureRanges> ranges() const;

 private:
  std::vector<int64_t> heights_, widths_;
  std::vector<float> means_, deviations_;
};

}  // namespace gmtrain
