#pragma once

#include <optional>
#include <vector>

#include "core/report/heat_map.hpp"
#include "core/report/run_files.hpp"
#include "gmtrain/losses/loss.hpp"

namespace gmtrain {

/// The likelihood of the predicted class, exp of what score() gives, over the plane that the points
/// span (Fig. 1 f).
/// @return nothing if there are no points, or the loss has no likelihood but the winning affinity
std::optional<report::HeatMap> likelihood_map(const Loss& loss,
                                              const std::vector<report::Embedding>& sets);

}  // namespace gmtrain
