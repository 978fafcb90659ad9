#include "core/metrics/detection.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

namespace gmtrain {
namespace {

std::vector<double> descending(const std::vector<double>& scores, const std::string& name) {
  if (scores.empty()) throw std::invalid_argument("detection metrics: no " + name + " scores");
  if (std::any_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s); })) {
    throw std::invalid_argument("detection metrics: a NaN among the " + name + " scores");
  }
  std::vector<double> sorted = scores;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  return sorted;
}

}  // namespace

std::vector<RocPoint> roc_curve(const std::vector<double>& normal,
                                const std::vector<double>& abnormal) {
  const auto n = descending(normal, "normal"), a = descending(abnormal, "abnormal");
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

double auroc(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  // Trapezoids: a tie moves both rates at once, and its triangle is the half that it counts.
  const auto curve = roc_curve(normal, abnormal);
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
            (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) / 2;
  }
  return area;
}

double eer(const std::vector<double>& normal, const std::vector<double>& abnormal) {
  // Along the curve the false rejections fall from 1 to 0 and the false acceptances rise from 0 to
  // 1; the difference changes sign once.
  const auto curve = roc_curve(normal, abnormal);
  const auto difference = [](const RocPoint& p) {
    return (1 - p.true_positive_rate) - p.false_positive_rate;
  };
  for (size_t i = 1; i < curve.size(); ++i) {
    const double before = difference(curve[i - 1]), after = difference(curve[i]);
    if (after > 0) continue;
    const double share = before / (before - after);
    return curve[i - 1].false_positive_rate +
           share * (curve[i].false_positive_rate - curve[i - 1].false_positive_rate);
  }
  return 1;
}

double fpr_at_tpr(const std::vector<double>& normal, const std::vector<double>& abnormal,
                  double tpr) {
  const auto curve = roc_curve(normal, abnormal);
  const auto point = std::find_if(curve.begin(), curve.end(),
                                  [&](const RocPoint& p) { return p.true_positive_rate >= tpr; });
  return point->false_positive_rate;
}

}  // namespace gmtrain
