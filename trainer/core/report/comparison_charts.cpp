#include "core/report/comparison_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/report/comparable.hpp"
#include "core/report/run_charts.hpp"
#include "core/report/run_labels.hpp"

namespace gmtrain::report {
namespace {

using Points = std::vector<std::array<double, 2>>;

template <class T>
T as(const nlohmann::ordered_json& value) {
  return value.get<T>();
}

/// What `convert` makes of a figure; nothing if the run has not measured it.
template <class T>
std::optional<T> read(const RunGroup& group, const std::string& path,
                      T (*convert)(const nlohmann::ordered_json&) = as<T>) {
  const RunResult& run = group.runs.front();
  const auto* value = value_at(run.figures, path);
  if (!value) return std::nullopt;
  try {
    return convert(*value);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}: {}", run.source, path, error.what()));
  }
}

/// The outline of a histogram over [0,1] in percent.
std::optional<Line> histogram_line(const RunGroup& group, const std::string& name,
                                   const std::string& set, const std::string& score) {
  const auto shares = read<std::vector<double>>(group, fmt::format("histograms/{}/{}", set, score));
  if (!shares || shares->empty()) return std::nullopt;
  Line line{name, {}};
  const auto bins = static_cast<double>(shares->size());
  for (size_t i = 0; i < shares->size(); ++i) {
    line.points.push_back({static_cast<double>(i) / bins, 100 * (*shares)[i]});
  }
  line.points.push_back({1, 100 * shares->back()});
  return line;
}

Chart histogram_chart(std::string title, std::string x_label, std::vector<Line> lines) {
  Chart chart;
  chart.title = std::move(title);
  chart.x_label = std::move(x_label);
  chart.y_label = "share of images (%)";
  chart.lines = std::move(lines);
  chart.kind = Chart::Kind::steps;
  chart.x_range = Chart::Range{0, 1};
  return chart;
}

/// "fgsm_0.3" if any run has it, otherwise that kind of attack with the largest bound; empty if
/// none.
std::string attack_of_kind(const Comparable& runs, const std::string& kind) {
  std::string best;
  double largest = 0;
  for (const std::string& name : names_in(runs, "adversarial")) {
    const AttackName attack = split_attack(name);
    if (attack.kind != kind) continue;
    if (attack.bound == 0.3) return name;
    if (best.empty() || attack.bound > largest) {
      best = name;
      largest = attack.bound;
    }
  }
  return best;
}

/// The recipe after the number of the figure; experiments of one recipe are counted.
std::string name_of(const std::vector<NamedChart>& charts, int figure, const RunGroup& group) {
  const std::string name =
      fmt::format("fig{}-{}", figure, group.facts().at("recipe").get<std::string>());
  const auto is_taken = [&](const std::string& other) {
    return std::any_of(charts.begin(), charts.end(),
                       [&](const NamedChart& chart) { return chart.name == other; });
  };
  std::string free = name;
  for (int number = 2; is_taken(free); ++number) free = fmt::format("{}-{}", name, number);
  return free;
}

void add_posteriors(std::vector<NamedChart>& charts, const Comparable& runs,
                    const std::string& attack) {
  std::vector<Line> lines;
  for (size_t i = 0; i < runs.groups.size(); ++i) {
    auto line = histogram_line(*runs.groups[i], runs.labels[i], attack, "posterior");
    if (line) lines.push_back(*std::move(line));
  }
  if (lines.empty()) return;
  charts.push_back(
      {"fig3-" + runs.key, histogram_chart(fmt::format("{}: posterior of {} images (Fig. 3)",
                                                       runs.title, set_label(attack)),
                                           "posterior of the predicted class", std::move(lines))});
}

void add_likelihoods(std::vector<NamedChart>& charts, const Comparable& runs, size_t i,
                     const std::string& attack, int figure) {
  const RunGroup& group = *runs.groups[i];
  auto clean = histogram_line(group, "clean", "clean", "likelihood");
  auto attacked = histogram_line(group, set_label(attack), attack, "likelihood");
  if (!clean || !attacked) return;
  const std::string score = likelihood_name(group.facts());
  charts.push_back({name_of(charts, figure, group),
                    histogram_chart(fmt::format("{}, {}: {} (Fig. {})", runs.title, runs.labels[i],
                                                score, figure),
                                    score == "likelihood" ? score : score + ", brought to [0, 1]",
                                    {*std::move(clean), *std::move(attacked)})});
}

/// A line for each experiment that has the curve.
Chart curves(const Comparable& runs, const std::string& path, const std::string& title,
             const std::string& x, const std::string& y,
             Points (*convert)(const nlohmann::ordered_json&) = as<Points>) {
  Chart chart;
  chart.title = fmt::format("{}: {}", runs.title, title);
  chart.x_label = x;
  chart.y_label = y;
  chart.x_range = Chart::Range{0, 1};
  for (size_t i = 0; i < runs.groups.size(); ++i) {
    auto points = read<Points>(*runs.groups[i], path, convert);
    if (points && !points->empty()) chart.lines.push_back({runs.labels[i], *std::move(points)});
  }
  return chart;
}

void add(std::vector<NamedChart>& charts, std::string name, Chart chart) {
  if (!chart.lines.empty()) charts.push_back({std::move(name), std::move(chart)});
}

void add_roc(std::vector<NamedChart>& charts, const Comparable& runs, const std::string& attack) {
  const std::string set = set_label(attack);
  Chart chart = curves(runs, fmt::format("roc/{}/likelihood", attack),
                       fmt::format("clean against {} (Fig. 5)", set), set + " images accepted",
                       "clean images accepted");
  chart.y_range = Chart::Range{0, 1};
  add(charts, "fig5-" + runs.key, std::move(chart));
}

void add_confidence(std::vector<NamedChart>& charts, const Comparable& runs) {
  Chart chart = curves(runs, "classification/reliability", "reliability of the posterior",
                       kReliabilityBins, "share classified correctly", reliability_points);
  chart.y_range = Chart::Range{0, 1};
  add(charts, "reliability-" + runs.key, std::move(chart));
  add(charts, "risk-coverage-" + runs.key,
      curves(runs, "classification/risk_coverage", "risk and coverage",
             "share of images answered, most confident first", "share of those wrong"));
}

}  // namespace

std::vector<NamedChart> comparison_charts(const std::vector<RunGroup>& groups) {
  std::vector<NamedChart> charts;
  for (const Comparable& runs : comparable(groups)) {
    const std::string plain = attack_of_kind(runs, "fgsm");
    const std::string targeted = attack_of_kind(runs, "targeted_fgsm");
    add_posteriors(charts, runs, plain);
    for (size_t i = 0; i < runs.groups.size(); ++i) add_likelihoods(charts, runs, i, plain, 4);
    add_roc(charts, runs, plain);
    for (size_t i = 0; i < runs.groups.size(); ++i) {
      if (runs.groups[i]->facts().at("loss") != "lgm") continue;
      add_likelihoods(charts, runs, i, targeted, 6);
    }
    add_confidence(charts, runs);
  }
  return charts;
}

}  // namespace gmtrain::report
