// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/confidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace gmtrain {

std::vector<ReliabilityBin> reliability(const std::vector<double>& confidence,
                                        const std::vector<bool>& correct, int64_t bins) {
  if (confidence.empty() || confidence.size() != correct.size() || bins < 1) {
    throw std::invalid_argument(
        fmt::format("reliability: expected a verdict for each of at least one confidence and at "
                    "least one bin, found {}, {} and {}",
                    correct.size(), confidence.size(), bins));
  }
  std::vector<ReliabilityBin> all(bins, ReliabilityBin{0, 0, 0});
  for (size_t i = 0; i < confidence.size(); ++i) {
    if (!(confidence[i] >= 0 && confidence[i] <= 1)) {
      throw std::invalid_argument(
          fmt::format("reliability: expected confidences from 0 to 1, found {}", confidence[i]));
    }
    const auto upper_end = std::ceil(confidence[i] * static_cast<double>(bins));
    ReliabilityBin& bin = all[std::max<int64_t>(0, static_cast<int64_t>(upper_end) - 1)];
    bin.confidence += confidence[i];
    bin.accuracy += correct[i];
    ++bin.count;
  }
  std::vector<ReliabilityBin> filled;
  for (const auto& [confidences, right, count] : all) {
    const auto n = static_cast<double>(count);
    if (count > 0) filled.push_back({confidences / n, right / n, count});
  }
  return filled;
}

double expected_calibration_error(const std::vector<ReliabilityBin>& bins) {
  double sum = 0, count = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += static_cast<double>(bin.count) * std::abs(bin.accuracy - bin.confidence);
    count += static_cast<double>(bin.count);
  }
  return sum / count;
}

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

std::vector<double> histogram(const std::vector<double>& values, int64_t bins) {
  if (values.empty() || bins < 1) {
    throw std::invalid_argument(
        fmt::format("histogram: expected at least one value and one bin, found {} and {}",
                    values.size(), bins));
  }
  std::vector<int64_t> counts(bins, 0);
  for (const double value : values) {
    if (!(value >= 0 && value <= 1)) {
      throw std::invalid_argument(
          fmt::format("histogram: expected values from 0 to 1, found {}", value));
    }
    ++counts[std::min(bins - 1, static_cast<int64_t>(value * static_cast<double>(bins)))];
  }
  std::vector<double> shares;
  for (const int64_t count : counts) {
    shares.push_back(static_cast<double>(count) / static_cast<double>(values.size()));
  }
  return shares;
}

}  // namespace gmtrain
