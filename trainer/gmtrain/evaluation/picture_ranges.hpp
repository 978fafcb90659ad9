// What pictures a calibration has seen.
#pragma once

#include <optional>
#include <vector>

#include "core/onnx/gm_head.hpp"
#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

class SeenPictures {
 public:
  void add(const Batch& batch);

  /// Between which values all but a hundredth at either end lie: a few broken pictures among those
  /// of a calibration shall not make everything look usual. Nothing if no picture was seen.
  std::optional<PictureRanges> ranges() const;

 private:
  std::vector<int64_t> heights_, widths_;
  std::vector<float> means_, deviations_;
};

}  // namespace gmtrain
