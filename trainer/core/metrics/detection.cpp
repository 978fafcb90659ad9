// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/detection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>

namespace gmtrain {
namespace {

std::vector<double> checked(const std::vector<double>& scores, const char* function,
                            const char* name) {
  if (scores.empty()) throw std::invalid_argument(fmt::format("{}: no {} scores", function, name));
  if (std::any_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s); })) {
    throw std::invalid_argument(fmt::format("{}: a NaN among the {} scores", function, name));
  }
  return scores;
}

std::vector<RocPoint> curve_of(const std::vector<double>& normal,
                               const std::vector<double>& abnormal, const char* function) {
  auto n = checked(normal, function, "normal"), a = checked(abnormal, function, "abnormal");
  std::sort(n.begin(), n.end(), std::greater<>());
  std::sort(a.begin(), a.end(), std::greater<>());
  std::vector<RocPoint> curve{{std::numeric_limits<double>::infinity(), 0, 0}};
  size_t accepted = 0, false_accepted = 0;
  while (accepted < n.size() || false_accepted < a.size()) {
    const double lowest = -std::numeric_limits<double>::infinity();
    const double threshold = std::max(accepted < n.size() ? n[accepted] : lowest,
                                      false_accepted < a.size() ? a[false_accepted] : lowest);
    while (accepted < n.size() && n[accepted] >= threshold) ++accepted;
    while (false_accepted < a.size() && a[false_accepted] >= threshold) ++false_accepted;
    curve.push_back({threshold, static_cast<double>(accepted) / static_cast<double>(n.size()),
                     static_cast<double>(false_accepted) / static_cast<double>(a.size())});
  }
  return curve;
}

double average_precision(const std::vector<double>& positive, const std::vector<double>& negative,
                         const std::vector<RocPoint>& curve) {
  double area = 0, recall = 0;
  for (const RocPoint& point : curve) {
    if (point.true_positive_rate == recall) continue;
    const double found = point.true_positive_rate * static_cast<double>(positive.size());
    const double mistaken = point.false_positive_rate * static_cast<double>(negative.size());
    area += (point.true_positive_rate - recall) * found / (found + mistaken);
    recall = point.true_positive_rate;
  }
  return area;
}

std::vector<double> negated(std::vector<double> scores) {
  std::transform(scores.begin(), scores.end(), scores.begin(), std::negate<>());
  return scores;
}

}  // namespace

std::vector<RocPoint> roc_curve(const std::vector<double>& normal,
                                const std::vector<double>& abnormal) {
  return curve_of(normal, abnormal, "roc_curve");
}

double auroc(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  // Counted in halves: 2 for each pair in order, 1 for each tie, so that nothing is rounded.
  auto a = checked(abnormal, "auroc", "abnormal");
  std::sort(a.begin(), a.end());
  uint64_t halves = 0;
  for (const double score : checked(normal, "auroc", "normal")) {
    const auto [first, last] = std::equal_range(a.begin(), a.end(), score);
    halves += static_cast<uint64_t>((first - a.begin()) + (last - a.begin()));
  }
  return static_cast<double>(halves) /
         (2 * static_cast<double>(normal.size()) * static_cast<double>(a.size()));
}

double eer(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  // Along the curve false rejections minus false acceptances falls from 1 to -1.
  const auto curve = curve_of(normal, abnormal, "eer");
  const auto difference = [](const RocPoint& p) {
    return (1 - p.true_positive_rate) - p.false_positive_rate;
  };
  const auto after = std::find_if(curve.begin(), curve.end(),
                                  [&](const RocPoint& p) { return difference(p) <= 0; });
  const auto before = after - 1;
  const double share = difference(*before) / (difference(*before) - difference(*after));
  return before->false_positive_rate +
         share * (after->false_positive_rate - before->false_positive_rate);
}

double fpr_at_tpr(const std::vector<double>& normal, const std::vector<double>& abnormal,
                  double tpr) {
  if (!(tpr > 0 && tpr <= 1)) {
    throw std::invalid_argument(
        fmt::format("fpr_at_tpr: expected a rate above 0 and at most 1, found {}", tpr));
  }
  const auto curve = curve_of(normal, abnormal, "fpr_at_tpr");
  const auto point = std::find_if(curve.begin(), curve.end(),
                                  [&](const RocPoint& p) { return p.true_positive_rate >= tpr; });
  return point->false_positive_rate;
}

double aupr_in(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  return average_precision(normal, abnormal, curve_of(normal, abnormal, "aupr_in"));
}

double aupr_out(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  checked(normal, "aupr_out", "normal");
  checked(abnormal, "aupr_out", "abnormal");
  return average_precision(abnormal, normal,
                           curve_of(negated(abnormal), negated(normal), "aupr_out"));
}

std::vector<std::array<double, 2>> roc_points(const std::vector<double>& normal,
                                              const std::vector<double>& abnormal) {
  constexpr double kSteps = 200;  // of the sum of both rates, from 0 to 2
  const auto curve = roc_curve(normal, abnormal);
  std::vector<std::array<double, 2>> points;
  double next = 0;
  for (size_t i = 0; i < curve.size(); ++i) {
    const double step = (curve[i].false_positive_rate + curve[i].true_positive_rate) * kSteps / 2;
    const bool last = i + 1 == curve.size();
    if (!last && step < next) continue;
    points.push_back({curve[i].false_positive_rate, curve[i].true_positive_rate});
    next = std::floor(step) + 1;
  }
  return points;
}

std::optional<double> true_accept_rate(const std::vector<double>& genuine,
                                       const std::vector<double>& impostor,
                                       double false_accept_rate) {
  if (!(false_accept_rate > 0 && false_accept_rate <= 1)) {
    throw std::invalid_argument(fmt::format(
        "true_accept_rate: expected a false accept rate above 0 and at most 1, found {}",
        false_accept_rate));
  }
  const auto curve = roc_curve(genuine, impostor);
  if (1 / static_cast<double>(impostor.size()) > false_accept_rate) return std::nullopt;
  // Both rates grow along the curve.
  const auto beyond = std::find_if(curve.begin(), curve.end(), [&](const RocPoint& point) {
    return point.false_positive_rate > false_accept_rate;
  });
  return (beyond - 1)->true_positive_rate;
}

}  // namespace gmtrain
