// SPDX-License-Identifier: Apache-2.0
// Measures a trained run on clean images, on adversarial and on foreign ones.
#pragma once

#include <nlohmann/json.hpp>

#include "core/calibration/calibration.hpp"
#include "core/metrics/score_table.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {

struct Evaluation {
  nlohmann::ordered_json figures;  ///< of evaluation.json; doc/evaluation.md explains each
  /// What they come from: clean images, attacks, foreign sets; of held-out images at last those
  /// that calibrated, as the set "calibration".
  std::vector<ScoreTable> tables;
};

/// Held-out images are measured in two halves: every second one, from the first on, calibrates, and
/// the others are measured.
/// @param calibration for Measured::test; null, and for a loss without distances: what needs
/// p-values
///                    is left out
/// @throws std::runtime_error for an attack on p-values where there are none
Evaluation evaluate(TrainedRun& run, Measured measured, const Calibration* calibration);

}  // namespace gmtrain
