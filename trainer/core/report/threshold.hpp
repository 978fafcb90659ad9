// SPDX-License-Identifier: Apache-2.0
// How many images of each set are accepted as the threshold of a score moves, and the part of a
// page in which the reader moves it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/metrics/score_table.hpp"
#include "core/report/examples.hpp"

namespace gmtrain::report {

/// At most `count` values of `ascending`, its first and last among them, at even ranks; all of
/// them if there are no more.
std::vector<double> quantiles(const std::vector<double>& ascending, size_t count);

/// What is accepted of one set, at each threshold: images whose score is at least that.
struct AcceptedCounts {
  std::string set;
  int64_t images;
  std::vector<int64_t> accepted, accepted_and_wrong;  ///< wrong: predicted is not the label
};

struct ScoreThresholds {
  std::string score;               ///< log_likelihood, log_density, p_value or neg_log_error
  std::vector<double> thresholds;  ///< ascending, distinct and finite, at most about 1000
  std::vector<AcceptedCounts> sets;
};

/// For each score that all sets have. The thresholds are scores that occur: half of them at even
/// ranks of the clean images, half of all others; with all of them, where there are few. Counts are
/// exact. P-values have the thresholds 0.01 and 0.05 as well.
/// @throws std::invalid_argument if there is no table
std::vector<ScoreThresholds> acceptance(const std::vector<ScoreTable>& tables);

/// A slider over the thresholds of each score, the accepted and refused share of each set, and
/// examples of them. Works without a network or other files; the script is assets/threshold.js.
/// @param tables clean images first
/// @param foreign those of them that are foreign sets, whose labels mean nothing
/// @param classes names of the labels
std::string threshold_html(const std::vector<ScoreTable>& tables,
                           const std::vector<std::string>& foreign,
                           const std::vector<std::string>& classes, const Pixels& pixels);

}  // namespace gmtrain::report
