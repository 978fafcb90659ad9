// SPDX-License-Identifier: Apache-2.0
// The parts of evaluation.json, worked out from tables of scores. doc/evaluation.md explains them.
#pragma once

#include <nlohmann/json.hpp>

#include "core/metrics/score_table.hpp"

namespace gmtrain {

/// Percent of images classified wrongly.
double error_percent(const ScoreTable& table);

/// aurc, ece, reliability, risk_coverage of clean images.
nlohmann::ordered_json classification_figures(const ScoreTable& clean);

/// How well clean and attacked images are told apart, over all of them and over the successful
/// attacks alone.
/// @param clean the same images as `attacked`, in the same order, before the attack
nlohmann::ordered_json attack_figures(const ScoreTable& clean, const ScoreTable& attacked);

/// How well clean and foreign images are told apart.
nlohmann::ordered_json outlier_figures(const ScoreTable& clean, const ScoreTable& foreign);

/// The ROC curves [[fpr, tpr], ...] by log_likelihood and by neg_log_error, at most 201 points
/// each.
nlohmann::ordered_json roc_figures(const ScoreTable& clean, const ScoreTable& abnormal);

/// For each table: shares of images in 50 bins over [0,1] of `likelihood`, exp(-d) with d half the
/// squared distance, and of `posterior`. Where there are no distances, affinities are brought to
/// [0,1] by the least and largest of all tables together (Fig. 4).
nlohmann::ordered_json histogram_figures(const std::vector<ScoreTable>& tables);

}  // namespace gmtrain
