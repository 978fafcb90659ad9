// SPDX-License-Identifier: Apache-2.0
// The parts of evaluation.json that say what refusing does to clean images.
#pragma once

#include <nlohmann/json.hpp>

#include "core/calibration/risk.hpp"
#include "core/metrics/score_table.hpp"

namespace gmtrain {

/// The false-reject rates at which images are measured, and as keys end in.
constexpr std::pair<double, const char*> kFalseRejectRates[]{{0.01, "0.01"}, {0.05, "0.05"}};

/// How many are accepted at a false-reject rate. Both are compared in float32, as an application
/// compares what the model gives.
int64_t accepted_at(const std::vector<double>& p_values, double rate);

/// Adds `false_reject_at_...`, the shares of clean images with these p-values that are refused;
/// null where there are no images.
void add_false_rejects(nlohmann::ordered_json& figures, const std::vector<double>& p_values);

/// Adds the shares of images with these p-values that are accepted.
/// @param key what keys begin with
void add_accepted(nlohmann::ordered_json& figures, const std::vector<double>& p_values,
                  const std::string& key = "accepted_at_");

/// Shares of clean images refused: of all, of each predicted and of each true class.
/// @param labels names of the classes
nlohmann::ordered_json refusal_figures(const ScoreTable& clean,
                                       const std::vector<std::string>& labels);

/// What the thresholds come to on clean images that they were not found on.
nlohmann::ordered_json risk_figures(const ScoreTable& clean,
                                    const std::vector<RiskThreshold>& thresholds);

}  // namespace gmtrain
