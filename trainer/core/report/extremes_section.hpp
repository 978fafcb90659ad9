#pragma once

#include <string>
#include <vector>

#include "core/metrics/score_table.hpp"
#include "core/report/examples.hpp"

namespace gmtrain::report {

/// The most and the least likely clean images of each class, of the first 20 classes where there
/// are more.
/// @param classes names of the labels
std::string extremes_html(const ScoreTable& clean, const std::vector<std::string>& classes,
                          const Pixels& pixels);

}  // namespace gmtrain::report
