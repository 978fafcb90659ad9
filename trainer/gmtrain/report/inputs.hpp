// SPDX-License-Identifier: Apache-2.0
// What the page of a run takes from its model and its data sets.
#pragma once

#include <optional>
#include <vector>

#include "core/report/chart.hpp"
#include "core/report/examples.hpp"
#include "core/report/run_files.hpp"
#include "gmtrain/losses/loss.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

/// The likelihood of the predicted class, exp of what score() gives, over the plane that the points
/// span (Fig. 1 f).
/// @return nothing if there are no points, or the loss has no likelihood but the winning affinity
std::optional<report::HeatMap> likelihood_map(const Loss& loss,
                                              const std::vector<report::Embedding>& sets);

/// The images of a run's sets as 8 bits: clean and foreign test images from their data sets,
/// attacked ones made anew from these by the same attack, rounded towards the clean ones. (Batches
/// are others than in evaluation, so that single pixels may differ from what was measured.) The
/// function keeps a reference to `run`, and throws std::runtime_error for a set
/// that the recipe does not name.
report::Pixels pixels_of(TrainedRun& run);

}  // namespace gmtrain
