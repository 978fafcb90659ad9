// SPDX-License-Identifier: Apache-2.0
// What evaluation.json and verification.json of one run say, as tables. doc/evaluation.md and
// doc/verification.md explain the figures.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/report/page.hpp"

namespace gmtrain::report {

/// Errors, AURC and ECE.
Table classification_table(const nlohmann::ordered_json& evaluation);

/// Shares of clean images refused by their p-values, of each class; of many classes those with the
/// largest. No rows without a calibration.
Table refusal_table(const nlohmann::ordered_json& evaluation);

/// What the thresholds of the posterior that were found for risks come to. No rows without.
Table risk_table(const nlohmann::ordered_json& evaluation);

/// How well each attack and each foreign set is told from clean images, over all images; then, if
/// there are attacks, over successful ones alone; then equal error rates by every score.
/// A figure that the file does not have is shown as "–".
std::vector<Table> detection_tables(const nlohmann::ordered_json& evaluation);

/// How well pairs of images are verified, a row for each score.
Table pairs_table(const nlohmann::ordered_json& verification);

}  // namespace gmtrain::report
