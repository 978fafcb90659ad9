// The part of a page in which the reader moves a threshold.
#pragma once

#include <string>
#include <vector>

#include "core/metrics/score_table.hpp"
#include "core/report/examples.hpp"

namespace gmtrain::report {

/// A slider over the thresholds of each score, the accepted and refused share of each set, and
/// examples of them. Works without a network or other files; the script is assets/threshold.js.
/// @param tables clean images first
/// @param foreign those of them that are foreign sets, whose labels mean nothing
/// @param classes names of the labels
std::string threshold_html(const std::vector<ScoreTable>& tables,
                           const std::vector<std::string>& foreign,
                           const std::vector<std::string>& classes, const Pixels& pixels);

}  // namespace gmtrain::report
