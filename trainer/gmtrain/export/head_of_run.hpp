// What a trained run's exported head holds.
#pragma once

#include "core/calibration/calibration.hpp"
#include "core/onnx/gm_head.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

/// @param calibration null for a head that is not calibrated
/// @throws std::runtime_error if the run's loss has no Gaussian mixture
GmHead head_of_run(const TrainedRun& run, const Calibration* calibration);

}  // namespace gmtrain
