// SPDX-License-Identifier: Apache-2.0
#include "core/report/run_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/files/atomic_file.hpp"
#include "core/metrics/figures.hpp"
#include "core/report/run_tables.hpp"
#include "core/report/threshold.hpp"

namespace gmtrain::report {
namespace {

using json = nlohmann::ordered_json;

/// Runs `make`; what the figures in evaluation.json lack is told with the name of the file.
template <class F>
auto with_file_name(const RunReport& run, F make) {
  try {
    return make();
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{}: expected what gmtrain evaluate writes: {}",
                                         (run.folder / "evaluation.json").string(), error.what()));
  }
}

/// A number or string of evaluation.json as it is there.
std::string fact_html(const json& evaluation, const char* key, const char* name) {
  if (!evaluation.contains(key) || evaluation.at(key).is_null()) return "";
  const json& value = evaluation.at(key);
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name,
                     escape_html(value.is_string() ? value.get<std::string>() : value.dump()));
}

std::string facts_html(const json& evaluation) {
  constexpr std::pair<const char*, const char*> kFacts[] = {
      {"recipe", "recipe"},   {"loss", "loss"},           {"alpha", "margin α"},
      {"network", "network"}, {"features", "features D"}, {"epochs", "epochs"},
      {"seed", "seed"},       {"data", "data set"},       {"test_images", "test images"}};
  std::string html = "<dl class=\"facts\">\n";
  for (const auto& [key, name] : kFacts) html += fact_html(evaluation, key, name);
  return html + "</dl>\n";
}

std::string tables_html(const json& evaluation) {
  std::string html = to_html(classification_table(evaluation));
  for (const Table& table : {refusal_table(evaluation), risk_table(evaluation)}) {
    if (!table.rows.empty()) html += to_html(table);
  }
  for (const Table& table : detection_tables(evaluation)) html += to_html(table);
  return html;
}

std::string pairs_html(const json& evaluation) {
  if (!evaluation.contains("verification")) return "";
  const json& verification = evaluation.at("verification");
  return to_html(pairs_table(verification)) + to_html(std::vector{pairs_chart(verification)});
}

std::vector<std::string> foreign_sets(const json& evaluation) {
  std::vector<std::string> names;
  if (!evaluation.contains("ood")) return names;
  for (const auto& [name, figures] : evaluation.at("ood").items()) names.push_back(name);
  return names;
}

/// How many images of each set evaluation.json tells of.
std::map<std::string, int64_t> measured_sets(const json& evaluation) {
  std::map<std::string, int64_t> sets{{"clean", evaluation.at("test_images").get<int64_t>()}};
  for (const char* group : {"adversarial", "ood"}) {
    if (!evaluation.contains(group)) continue;
    for (const auto& [name, figures] : evaluation.at(group).items()) {
      sets[name] = figures.at("images").get<int64_t>();
    }
  }
  return sets;
}

/// The files are written one after another: an evaluation that was broken off leaves those of two.
void check_one_evaluation(const RunReport& run) {
  const auto fail = [&](const std::string& expected, const std::string& found) {
    throw std::runtime_error(
        fmt::format("{}: expected {}, as in evaluation.json, found {}: run gmtrain evaluate again",
                    (run.folder / "scores.csv").string(), expected, found));
  };
  auto expected = with_file_name(run, [&] { return measured_sets(run.evaluation); });
  for (const ScoreTable& table : run.scores) {
    const auto set = expected.find(table.set);
    if (set == expected.end()) fail("no other sets", table.set);
    if (set->second != table.size()) {
      fail(fmt::format("{} {} images", set->second, table.set), fmt::format("{}", table.size()));
    }
    expected.erase(set);
  }
  if (!expected.empty()) fail("the set " + expected.begin()->first, "none");
  const double error = error_percent(run.scores.front()),
               measured = with_file_name(
                   run, [&] { return run.evaluation.at("test_error").get<double>(); });
  if (std::abs(error - measured) > 1e-6) {
    fail(fmt::format("{:.4f} % of the clean images wrong", measured),
         fmt::format("{:.4f} %", error));
  }
}

}  // namespace

RunReport read_run(const std::filesystem::path& folder) {
  RunReport run{folder,
                read_evaluation(folder / "evaluation.json"),
                read_scores(folder / "scores.csv"),
                read_metrics(folder / "metrics.jsonl"),
                read_features(folder / "features.csv"),
                {},
                {}};
  check_one_evaluation(run);
  auto pairs = read_verification(folder / "verification.json", run.evaluation);
  if (!pairs.is_null()) run.evaluation["verification"] = std::move(pairs);
  return run;
}

std::vector<NamedChart> run_charts(const RunReport& run) {
  auto charts = with_file_name(run, [&] { return evaluation_charts(run.evaluation); });
  if (run.evaluation.contains("verification")) {
    charts.push_back(pairs_chart(run.evaluation.at("verification")));
  }
  for (auto& chart : embedding_charts(run.features, run.classes, run.likelihood)) {
    charts.push_back(std::move(chart));
  }
  for (auto& chart : training_charts(run.metrics)) charts.push_back(std::move(chart));
  return charts;
}

std::vector<Section> run_sections(const RunReport& run, const Pixels& pixels) {
  return with_file_name(run, [&]() -> std::vector<Section> {
    return {{"Run", facts_html(run.evaluation)},
            {"Measured", tables_html(run.evaluation)},
            {"Threshold",
             threshold_html(run.scores, foreign_sets(run.evaluation), run.classes, pixels)},
            {"Detection and calibration", to_html(evaluation_charts(run.evaluation))},
            {"Verification of pairs", pairs_html(run.evaluation)},
            {"Feature space", to_html(embedding_charts(run.features, run.classes, run.likelihood))},
            {"Images of highest and lowest " + likelihood_name(run.evaluation),
             extremes_html(run.scores.front(), run.classes, pixels)},
            {"Training", to_html(training_charts(run.metrics))}};
  });
}

void write_figures(const std::filesystem::path& folder, const std::vector<NamedChart>& charts) {
  write_folder(folder, [&](const std::filesystem::path& unfinished) {
    for (const auto& [name, chart] : charts)
      write_new_file(unfinished / (name + ".svg"), to_svg(chart));
  });
}

}  // namespace gmtrain::report
