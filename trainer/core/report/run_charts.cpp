// SPDX-License-Identifier: Apache-2.0
#include "core/report/run_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace gmtrain::report {
namespace {

using json = nlohmann::ordered_json;
using Points = std::vector<std::array<double, 2>>;

constexpr Chart::Range kUnit{0, 1};
constexpr double kAspect = 1.6;  // of the area between a chart's axes, about

Chart chart_of(const std::string& title, const std::string& x, const std::string& y,
               Chart::Kind kind = Chart::Kind::lines) {
  Chart chart;
  chart.title = title;
  chart.x_label = x;
  chart.y_label = y;
  chart.kind = kind;
  return chart;
}

/// The chart of step/loss and epoch/loss is called loss, and so on.
std::string quantity_of(const std::string& curve) {
  const size_t slash = curve.rfind('/');
  return slash == std::string::npos ? curve : curve.substr(slash + 1);
}

std::string label_of(const std::string& quantity) {
  std::string label = quantity == "error" ? "error, %" : quantity;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::string line_name(const std::string& curve) {
  const std::string group = curve.substr(0, curve.size() - quantity_of(curve).size());
  return group == "step/" ? "recent steps" : group == "epoch/" ? "whole epoch" : "";
}

std::string file_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c) && c != '.'; }, '-');
  return name;
}

Line class_line(const std::string& name, const Embedding& set, int64_t label) {
  Line line{name, {}};
  for (size_t i = 0; i < set.points.size(); ++i) {
    if (set.label[i] == label) line.points.push_back(set.points[i]);
  }
  return line;
}

/// As many as can be seen beside a map.
Line first_points(const Embedding& set) {
  constexpr size_t kShown = 200;
  const auto count = static_cast<std::ptrdiff_t>(std::min(kShown, set.points.size()));
  return {set.set, {set.points.begin(), set.points.begin() + count}};
}

Chart scatter(const Embedding& set, const std::vector<std::string>& classes) {
  Chart chart = chart_of(set.set + " images in feature space", "x1", "x2", Chart::Kind::scatter);
  const auto count = static_cast<int64_t>(classes.size());
  for (int64_t label = 0; label < count; ++label) {
    chart.lines.push_back(class_line(classes[label], set, label));
  }
  const auto last = std::max_element(set.label.begin(), set.label.end());
  for (int64_t label = count; last != set.label.end() && label <= *last; ++label) {
    chart.lines.push_back(class_line(fmt::format("{}", label), set, label));
  }
  return chart;
}

Points bars(const json& shares) {
  Points points;
  const auto bins = static_cast<double>(shares.size());
  for (const json& share : shares) {
    points.push_back({static_cast<double>(points.size()) / bins, 100 * share.get<double>()});
  }
  if (!points.empty()) points.push_back({1, points.back()[1]});
  return points;
}

Points points_of(const json& pairs) {
  return pairs.get<Points>();
}

Chart histogram(const json& sets, const std::string& score, const std::string& title,
                const std::string& x) {
  Chart chart = chart_of(title, x, "share of images (%)", Chart::Kind::steps);
  chart.x_range = kUnit;
  for (const auto& [set, shares] : sets.items()) {
    chart.lines.push_back({set, bars(shares.at(score))});
  }
  return chart;
}

Chart roc(const json& sets, const std::string& score, const std::string& title) {
  Chart chart = chart_of(title, "accepted of the set", "accepted of the clean images");
  chart.x_range = chart.y_range = kUnit;
  chart.lines.push_back({"", {}});  // the clean images, so that sets have the histograms' colours
  for (const auto& [set, curves] : sets.items()) {
    chart.lines.push_back({set, points_of(curves.at(score))});
  }
  return chart;
}

/// A bin of few images says nothing and is left out.
Points reliability_points(const json& bins) {
  constexpr int64_t kFewest = 10;
  Points points;
  for (const json& bin : bins) {
    if (bin.at("count").get<int64_t>() < kFewest) continue;
    points.push_back({bin.at("confidence").get<double>(), bin.at("accuracy").get<double>()});
  }
  return points;
}

Chart reliability(const json& bins) {
  Chart chart =
      chart_of("Reliability of the posterior", "mean posterior of a bin with at least 10 images",
               "share classified correctly");
  chart.x_range = chart.y_range = kUnit;
  chart.lines = {{"measured", reliability_points(bins)}, {"ideal", {{0, 0}, {1, 1}}}};
  return chart;
}

Chart risk_coverage(const json& pairs) {
  Chart chart = chart_of("Risk and coverage, most confident first", "share of images answered",
                         "share of those wrong");
  chart.x_range = kUnit;
  chart.lines = {{"", points_of(pairs)}};
  return chart;
}

}  // namespace

std::optional<std::array<Chart::Range, 2>> plane_of(const std::vector<Embedding>& sets) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::array<Chart::Range, 2> plane{{{kInfinity, -kInfinity}, {kInfinity, -kInfinity}}};
  for (const Embedding& set : sets) {
    for (const auto& point : set.points) {
      for (size_t axis = 0; axis < 2; ++axis) {
        if (!std::isfinite(point[axis])) continue;
        plane[axis] = {std::min(plane[axis][0], point[axis]),
                       std::max(plane[axis][1], point[axis])};
      }
    }
  }
  if (plane[0][0] > plane[0][1] || plane[1][0] > plane[1][1]) return std::nullopt;
  // A unit is as long along x as along y: circles stay circles.
  const auto length = [&](size_t axis) { return plane[axis][1] - plane[axis][0]; };
  const double height = std::max({length(1), length(0) / kAspect, 1e-3}) * 1.1;
  const std::array<double, 2> wanted{height * kAspect, height};
  for (size_t axis = 0; axis < 2; ++axis) {
    const double room = (wanted[axis] - length(axis)) / 2;
    plane[axis] = {plane[axis][0] - room, plane[axis][1] + room};
  }
  return plane;
}

std::vector<NamedChart> training_charts(const std::vector<Curve>& curves) {
  std::vector<NamedChart> charts;
  for (const auto& [name, points] : curves) {
    const std::string quantity = quantity_of(name), file = "training-" + file_name(quantity);
    auto found = std::find_if(charts.begin(), charts.end(),
                              [&](const NamedChart& known) { return known.name == file; });
    if (found == charts.end()) {
      const std::string label = label_of(quantity);
      found = charts.insert(found, {file, chart_of("Training: " + label, "step", label)});
    }
    found->chart.lines.push_back({line_name(name), points});
  }
  return charts;
}

std::vector<NamedChart> embedding_charts(const std::vector<Embedding>& sets,
                                         const std::vector<std::string>& classes,
                                         const std::optional<HeatMap>& likelihood) {
  std::vector<NamedChart> charts;
  const auto plane = plane_of(sets);
  for (const Embedding& set : sets) {
    Chart chart = scatter(set, classes);
    if (plane) std::tie(chart.x_range, chart.y_range) = std::pair(plane->at(0), plane->at(1));
    charts.push_back({"embedding-" + file_name(set.set), std::move(chart)});
  }
  if (likelihood) {
    Chart map = chart_of("Likelihood over the feature space, brighter is higher", "x1", "x2",
                         Chart::Kind::scatter);
    map.background = likelihood;
    map.lines.push_back({"", {}});  // its blue would not be seen on the dark
    for (const Embedding& set : sets) {
      if (set.set != "clean") map.lines.push_back(first_points(set));
    }
    charts.push_back({"likelihood-map", std::move(map)});
  }
  return charts;
}

NamedChart pairs_chart(const json& verification) {
  Chart chart =
      chart_of("ROC of verification", "impostor pairs accepted", "genuine pairs accepted");
  chart.x_range = chart.y_range = kUnit;
  for (const auto& [score, figures] : verification.at("scores").items()) {
    chart.lines.push_back({score, points_of(figures.at("roc"))});
  }
  return {"roc-verification", std::move(chart)};
}

std::vector<NamedChart> evaluation_charts(const json& evaluation) {
  std::vector<NamedChart> charts;
  const std::string likelihood = likelihood_name(evaluation);
  if (evaluation.contains("histograms")) {
    const json& sets = evaluation.at("histograms");
    charts.push_back(
        {"posterior-histogram",
         histogram(sets, "posterior", "Posterior of the predicted class", "posterior")});
    charts.push_back(
        {"likelihood-histogram",
         histogram(sets, "likelihood", "Predicted class: " + likelihood,
                   evaluation.contains("calibration") ? "exp(-d), d half the squared distance"
                                                      : "brought to [0, 1]")});
  }
  if (evaluation.contains("roc")) {
    const json& sets = evaluation.at("roc");
    charts.push_back({"roc-likelihood", roc(sets, "log_likelihood", "ROC by " + likelihood)});
    charts.push_back({"roc-posterior", roc(sets, "neg_log_error", "ROC by posterior")});
  }
  const json& classification = evaluation.at("classification");
  if (classification.contains("reliability")) {
    charts.push_back({"reliability", reliability(classification.at("reliability"))});
  }
  if (classification.contains("risk_coverage")) {
    charts.push_back({"risk-coverage", risk_coverage(classification.at("risk_coverage"))});
  }
  return charts;
}

}  // namespace gmtrain::report
