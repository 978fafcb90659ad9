// Results of several runs: evaluation.json of each, kept as <recipe>/seed-<n>.json, and what runs
// that differ in the seed alone have measured together.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gmtrain::report {

/// One run's evaluation.json.
struct RunResult {
  std::string source;  ///< its file, for messages
  nlohmann::ordered_json figures;
};

/// What repetitions measured of one figure.
struct Estimate {
  double mean;
  std::optional<double> deviation;  ///< of the sample, over n - 1; nothing for a single run
  int64_t count;                    ///< runs that have the figure
};

/// Repetitions of one experiment: every fact but the seed is the same.
struct RunGroup {
  std::vector<RunResult> runs;  ///< at least one, by ascending seed

  /// What the runs have in common is read from the first: recipe, loss, data, ...
  const nlohmann::ordered_json& facts() const { return runs.front().figures; }

  /// @param path of a figure in evaluation.json, such as "adversarial/fgsm_0.3/error"
  /// @return nothing if no run has it, or it is null
  /// @throws std::runtime_error naming the file where something other than a number stands there
  std::optional<Estimate> estimate(const std::string& path) const;
};

/// Every seed-*.json in a folder and those below it, in the order of their paths; what is in
/// verification-seed-*.json beside one becomes its figure `verification`.
/// @throws std::runtime_error naming the folder that is not there or holds none, or the file that
/// is not JSON
std::vector<RunResult> read_results(const std::filesystem::path& folder);

/// Groups ordered by data set, number of features (largest first), network, loss and recipe.
/// @throws std::runtime_error naming the file that lacks a fact, was not measured on test images or
/// repeats the seed of another
std::vector<RunGroup> group_runs(std::vector<RunResult> runs);

/// The value at a path such as "histograms/clean/posterior"; null if there is none.
const nlohmann::ordered_json* value_at(const nlohmann::ordered_json& figures,
                                       const std::string& path);

}  // namespace gmtrain::report
