// Measures a trained run on clean images, on adversarial and on foreign ones.
#pragma once

#include <nlohmann/json.hpp>

#include "core/calibration/calibration.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {

/// The contents of evaluation.json, or held_out.json; doc/evaluation.md explains each field.
/// @param calibration null for a loss without distances and for the held-out images, which it was
///                    made from: the part about it is left out
nlohmann::ordered_json evaluate(TrainedRun& run, Measured measured, const Calibration* calibration);

}  // namespace gmtrain
