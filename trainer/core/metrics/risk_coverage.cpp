#include "core/metrics/risk_coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace gmtrain {

std::vector<RiskPoint> risk_coverage(const std::vector<double>& confidence,
                                     const std::vector<bool>& correct) {
  const size_t n = confidence.size();
  if (n == 0 || n != correct.size()) {
    throw std::invalid_argument(fmt::format(
        "risk_coverage: expected a verdict for each of at least one confidence, found {} and {}",
        correct.size(), n));
  }
  if (std::any_of(confidence.begin(), confidence.end(), [](double c) { return std::isnan(c); })) {
    throw std::invalid_argument("risk_coverage: a NaN among the confidences");
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return confidence[a] > confidence[b]; });

  std::vector<RiskPoint> curve;
  double wrong = 0;
  for (size_t first = 0; first < n;) {
    size_t end = first;
    double wrong_here = 0;
    while (end < n && confidence[order[end]] == confidence[order[first]]) {
      wrong_here += !correct[order[end++]];
    }
    const double share_wrong = wrong_here / static_cast<double>(end - first);
    for (size_t i = first + 1; i <= end; ++i) {
      const double expected = wrong + static_cast<double>(i - first) * share_wrong;
      curve.push_back(
          {static_cast<double>(i) / static_cast<double>(n), expected / static_cast<double>(i)});
    }
    wrong += wrong_here;
    first = end;
  }
  return curve;
}

double aurc(const std::vector<RiskPoint>& curve) {
  double sum = 0;
  for (const RiskPoint& point : curve) sum += point.risk;
  return sum / static_cast<double>(curve.size());
}

}  // namespace gmtrain
