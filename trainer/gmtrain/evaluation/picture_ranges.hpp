// What pictures a calibration has seen.
#pragma once

#include <optional>

#include "core/onnx/gm_head.hpp"
#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// Makes room in the ranges for the images of a batch, which has one at least.
void widen(std::optional<PictureRanges>& ranges, const Batch& batch);

}  // namespace gmtrain
