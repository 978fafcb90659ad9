#pragma once

#include "core/report/examples.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

/// The images of a run's sets as 8 bits: clean and foreign test images from their data sets,
/// attacked ones made anew from these by the same attack, rounded towards the clean ones. (Batches
/// are others than in evaluation, so that single pixels may differ from what was measured.) The
/// function keeps a reference to `run`, and throws std::runtime_error for a set
/// that the recipe does not name.
report::Pixels pixels_of(TrainedRun& run);

}  // namespace gmtrain
