// SPDX-License-Identifier: Apache-2.0
// What a run folder holds, read back for a report. All functions throw std::runtime_error naming
// the file, the line where there is one, and what was expected.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/metrics/score_table.hpp"

namespace gmtrain::report {

/// evaluation.json of a run, with at least `recipe`, `loss` and `classification`.
nlohmann::ordered_json read_evaluation(const std::filesystem::path& file);

/// How people read the score `log_likelihood`: "likelihood", which it orders by, or "winning
/// affinity" of losses that have none and hence no calibration (Sect. 4.3 of the paper).
std::string likelihood_name(const nlohmann::ordered_json& evaluation);

/// verification.json of a run, with `roc` of each of its `scores`; null if there is no such file.
/// @param evaluation of the same run, which its recipe, loss, seed and epochs must be those of
nlohmann::ordered_json read_verification(const std::filesystem::path& file,
                                         const nlohmann::ordered_json& evaluation);

/// scores.csv: a table for each set, in the order of the file, with the scores that it has.
/// `posterior` follows from neg_log_error; distances, features and accepted_up_to are empty.
std::vector<ScoreTable> read_scores(const std::filesystem::path& file);

/// Points of a 2-D feature space.
struct Embedding {
  std::string set;
  std::vector<int64_t> label;
  std::vector<std::array<double, 2>> points;
};

/// features.csv; nothing if there is no such file.
std::vector<Embedding> read_features(const std::filesystem::path& file);

/// A quantity over the steps of a training.
using Curve = std::pair<std::string, std::vector<std::array<double, 2>>>;

/// metrics.jsonl: the curves by name in the order in which they begin; a value that was not finite
/// is NaN. Nothing if there is no such file.
std::vector<Curve> read_metrics(const std::filesystem::path& file);

}  // namespace gmtrain::report
