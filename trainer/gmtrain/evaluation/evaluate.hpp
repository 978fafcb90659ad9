// Measures a trained run on its test set, on adversarial images and on foreign ones.
#pragma once

#include <nlohmann/json.hpp>

#include "core/calibration/calibration.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

/// The contents of evaluation.json; doc/evaluation.md explains each field.
/// @param calibration null for a loss without distances: the part about it is left out
nlohmann::ordered_json evaluate(TrainedRun& run, const Calibration* calibration);

}  // namespace gmtrain
