// SPDX-License-Identifier: Apache-2.0
// Measures how well a trained run's features tell whether two images are of one identity.
#pragma once

#include <nlohmann/json.hpp>

#include "gmtrain/run.hpp"

namespace gmtrain {

/// The figures of verification.json; doc/verification.md explains each. Scores are fitted to the
/// images that the run was trained on.
/// @throws std::runtime_error as tested_pairs(); std::invalid_argument as cross_validate(), where
///                            too many images are broken
nlohmann::ordered_json verify(TrainedRun& run);

}  // namespace gmtrain
