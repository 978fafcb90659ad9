// How well a score tells what is to be accepted from what is not.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

namespace samples {

/// What happens if scores not below a threshold are accepted.
struct RocPoint {
  double threshold;
  double true_accepts;   ///< share of what should be accepted that is
  double false_accepts;  ///< share of what should be refused that is accepted
};

/// From accepting nothing (threshold +inf) to accepting everything, a point for each distinct
/// score. Neither list may be empty.
inline std::vector<RocPoint> roc_curve(std::vector<double> good, std::vector<double> bad) {
  std::sort(good.begin(), good.end(), std::greater<>());
  std::sort(bad.begin(), bad.end(), std::greater<>());
  std::vector<RocPoint> curve{{std::numeric_limits<double>::infinity(), 0, 0}};
  size_t i = 0, j = 0;
  while (i < good.size() || j < bad.size()) {
    const double threshold = i == good.size()  ? bad[j]
                             : j == bad.size() ? good[i]
                                               : std::max(good[i], bad[j]);
    while (i < good.size() && good[i] >= threshold) ++i;
    while (j < bad.size() && bad[j] >= threshold) ++j;
    curve.push_back({threshold, static_cast<double>(i) / static_cast<double>(good.size()),
                     static_cast<double>(j) / static_cast<double>(bad.size())});
  }
  return curve;
}

/// Area under the curve: the chance that something good scores higher than something bad, a tie
/// counted as half.
inline double auroc(const std::vector<RocPoint>& curve) {
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].false_accepts - curve[i - 1].false_accepts) *
            (curve[i].true_accepts + curve[i - 1].true_accepts) / 2;
  }
  return area;
}

/// Equal error rate: where as large a share of the good is refused as of the bad is accepted, on
/// the straight line between the two points around it.
inline double equal_error_rate(const std::vector<RocPoint>& curve) {
  // Falls from 1 to -1 along the curve.
  const auto excess = [](const RocPoint& p) { return 1 - p.true_accepts - p.false_accepts; };
  const auto after =
      std::find_if(curve.begin(), curve.end(), [&](const RocPoint& p) { return excess(p) <= 0; });
  const auto before = after - 1;
  const double share = excess(*before) / (excess(*before) - excess(*after));
  return before->false_accepts + share * (after->false_accepts - before->false_accepts);
}

}  // namespace samples
