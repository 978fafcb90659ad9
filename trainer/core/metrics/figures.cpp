// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/figures.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/metrics/classification.hpp"
#include "core/metrics/confidence.hpp"
#include "core/metrics/detection.hpp"
#include "core/metrics/refusals.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

constexpr int64_t kReliabilityBins = 15, kHistogramBins = 50;
constexpr size_t kRiskPoints = 100;

json curve_figures(const std::vector<RiskPoint>& curve) {
  // Coverages 1/100, 2/100, ... where there are so many images.
  const size_t points = std::min(kRiskPoints, curve.size());
  json list = json::array();
  for (size_t i = 1; i <= points; ++i) {
    const RiskPoint& point = curve[(i * curve.size() + points - 1) / points - 1];
    list.push_back({point.coverage, point.risk});
  }
  return list;
}

/// By every score that both tables have.
json score_figures(const ScoreTable& normal, const ScoreTable& abnormal) {
  json figures = json::object();
  for (const auto& [name, values] : normal.scores) {
    const auto& others = abnormal.score(name);
    figures[name] = {{"eer", 100 * eer(values, others)},
                     {"auroc", auroc(values, others)},
                     {"aupr_in", aupr_in(values, others)},
                     {"aupr_out", aupr_out(values, others)},
                     {"fpr95", fpr_at_tpr(values, others, 0.95)}};
  }
  return figures;
}

void add_detection(json& figures, const ScoreTable& normal, const ScoreTable& abnormal) {
  const auto &high = normal.score("log_likelihood"), &low = abnormal.score("log_likelihood");
  figures["auroc"] = auroc(high, low);
  figures["aupr_in"] = aupr_in(high, low);
  figures["aupr_out"] = aupr_out(high, low);
  figures["fpr95"] = fpr_at_tpr(high, low, 0.95);
  figures["scores"] = score_figures(normal, abnormal);
  figures["images"] = abnormal.size();
}

void add_equal_error_rates(json& figures, const ScoreTable& normal, const ScoreTable& abnormal) {
  figures["eer_likelihood"] =
      100 * eer(normal.score("log_likelihood"), abnormal.score("log_likelihood"));
  figures["eer_pmax"] = 100 * eer(normal.score("neg_log_error"), abnormal.score("neg_log_error"));
}

void add_shares_accepted(json& figures, const ScoreTable& abnormal) {
  add_accepted(figures, abnormal.accepted_up_to);
  if (const auto* by_distance = abnormal.find("p_value_by_distance"))
    add_accepted(figures, *by_distance, "accepted_by_distance_at_");
}

/// Images that were classified correctly and are no longer.
std::vector<int64_t> successes(const ScoreTable& clean, const ScoreTable& attacked) {
  if (clean.image != attacked.image) {
    throw std::invalid_argument(attacked.set + ": expected the clean images in the same order");
  }
  const auto before = clean.correct(), after = attacked.correct();
  std::vector<int64_t> places;
  for (int64_t i = 0; i < attacked.size(); ++i) {
    if (before[i] && !after[i]) places.push_back(i);
  }
  return places;
}

}  // namespace

double error_percent(const ScoreTable& table) {
  return error_percent(table.predicted, table.label);
}

json classification_figures(const ScoreTable& clean) {
  const auto correct = clean.correct();
  const auto curve = risk_coverage(clean.score("neg_log_error"), correct);
  const auto bins = reliability(clean.posterior, correct, kReliabilityBins);
  json figures{{"aurc", aurc(curve)},
               {"ece", expected_calibration_error(bins)},
               {"reliability", json::array()},
               {"risk_coverage", curve_figures(curve)}};
  for (const ReliabilityBin& bin : bins) {
    figures["reliability"].push_back(
        {{"confidence", bin.confidence}, {"accuracy", bin.accuracy}, {"count", bin.count}});
  }
  return figures;
}

json attack_figures(const ScoreTable& clean, const ScoreTable& attacked) {
  json figures{{"error", error_percent(attacked)}};
  add_equal_error_rates(figures, clean, attacked);
  add_detection(figures, clean, attacked);
  const ScoreTable successful = attacked.rows(successes(clean, attacked));
  if (successful.size() == 0) {
    figures["successful"] = {{"images", 0}};
    return figures;
  }
  json& part = figures["successful"];
  add_equal_error_rates(part, clean, successful);
  add_detection(part, clean, successful);
  add_shares_accepted(figures, successful);
  return figures;
}

json outlier_figures(const ScoreTable& clean, const ScoreTable& foreign) {
  json figures{{"eer", 100 * eer(clean.score("log_likelihood"), foreign.score("log_likelihood"))}};
  add_detection(figures, clean, foreign);
  add_shares_accepted(figures, foreign);
  return figures;
}

json roc_figures(const ScoreTable& clean, const ScoreTable& abnormal) {
  json figures;
  for (const char* name : {"log_likelihood", "neg_log_error"}) {
    figures[name] = roc_points(clean.score(name), abnormal.score(name));
  }
  return figures;
}

json histogram_figures(const std::vector<ScoreTable>& tables) {
  double least = INFINITY, largest = -INFINITY;
  for (const ScoreTable& table : tables) {
    for (const double value : table.score("log_likelihood")) {
      least = std::min(least, value);
      largest = std::max(largest, value);
    }
  }
  json figures = json::object();
  for (const ScoreTable& table : tables) {
    std::vector<double> likelihood;
    for (const double distance : table.distance) likelihood.push_back(std::exp(-distance / 2));
    if (table.distance.empty()) {
      for (const double value : table.score("log_likelihood")) {
        likelihood.push_back(largest > least ? (value - least) / (largest - least) : 1);
      }
    }
    figures[table.set] = {{"likelihood", histogram(likelihood, kHistogramBins)},
                          {"posterior", histogram(table.posterior, kHistogramBins)}};
  }
  return figures;
}

}  // namespace gmtrain
