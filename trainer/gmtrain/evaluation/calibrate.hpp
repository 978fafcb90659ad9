// Distances of clean held-out images, from which p-values are computed.
#pragma once

#include "core/calibration/calibration.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

struct CalibrationResult {
  Calibration calibration;
  double held_out_error;  ///< percent
};

/// Scores the images that training left out.
CalibrationResult calibrate(TrainedRun& run);

}  // namespace gmtrain
