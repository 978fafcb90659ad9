// Measures a trained run on clean images, on adversarial and on foreign ones.
#pragma once

#include <nlohmann/json.hpp>

#include "core/calibration/calibration.hpp"
#include "core/metrics/score_table.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {

struct Evaluation {
  nlohmann::ordered_json figures;  ///< of evaluation.json; doc/evaluation.md explains each
  std::vector<ScoreTable> tables;  ///< what they come from: clean images, attacks, foreign sets
};

/// @param calibration null for a loss without distances and for the held-out images, which it was
///                    made from: what needs p-values is left out
Evaluation evaluate(TrainedRun& run, Measured measured, const Calibration* calibration);

}  // namespace gmtrain
