// SPDX-License-Identifier: Apache-2.0
// What clean held-out images are found to have, among which other images are ranked.
#pragma once

#include "core/calibration/calibration.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

struct CalibrationResult {
  Calibration calibration;
  double held_out_error;              ///< percent
  std::vector<int64_t> class_images;  ///< how many images were predicted as each class
};

/// Scores the images that training left out.
CalibrationResult calibrate(TrainedRun& run);

}  // namespace gmtrain
