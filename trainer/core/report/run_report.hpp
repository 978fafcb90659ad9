// SPDX-License-Identifier: Apache-2.0
// The page of one run and the folder of its pictures.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/report/examples.hpp"
#include "core/report/page.hpp"
#include "core/report/run_charts.hpp"
#include "core/report/run_files.hpp"

namespace gmtrain::report {

/// What a report is made of. The files are evaluation.json, scores.csv and, where they
/// are, verification.json, metrics.jsonl and features.csv.
struct RunReport {
  std::filesystem::path folder;
  nlohmann::ordered_json evaluation;  ///< with what verification.json has, as `verification`
  std::vector<ScoreTable> scores;
  std::vector<Curve> metrics;
  std::vector<Embedding> features;
  std::vector<std::string> classes;   ///< names of the labels; not in the folder
  std::optional<HeatMap> likelihood;  ///< over the features of `features`; not in the folder
};

/// @throws std::runtime_error naming the file that is missing or broken, and what was expected; for
///                            files that are not of one evaluation, too
RunReport read_run(const std::filesystem::path& folder);

/// Every picture of the run: those of the page.
/// @throws std::runtime_error naming evaluation.json where its figures are of another form
std::vector<NamedChart> run_charts(const RunReport& run);

/// The parts of the page; those of which the run has nothing are empty.
/// @throws std::runtime_error as run_charts does, and what `pixels` throws
std::vector<Section> run_sections(const RunReport& run, const Pixels& pixels);

/// Writes NAME.svg for each chart into `folder`, which appears when it is complete, in the place of
/// what was there; on failure it is as it was.
/// @throws std::runtime_error and std::filesystem::filesystem_error naming what cannot be written
void write_figures(const std::filesystem::path& folder, const std::vector<NamedChart>& charts);

}  // namespace gmtrain::report
