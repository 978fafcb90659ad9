// SPDX-License-Identifier: Apache-2.0
// Figures of detection, straight from what they mean.
#pragma once

#include <algorithm>
#include <vector>

namespace gm_test {

/// The chance that one of `good` scores higher than one of `bad`, over all pairs.
inline double counted_auroc(const std::vector<double>& good, const std::vector<double>& bad) {
  double wins = 0;
  for (const double g : good)
    for (const double b : bad) wins += g > b ? 1 : g == b ? 0.5 : 0;
  return wins / (double(good.size()) * double(bad.size()));
}

inline double share_below(const std::vector<double>& scores, double threshold) {
  const auto below =
      std::count_if(scores.begin(), scores.end(), [=](double score) { return score < threshold; });
  return double(below) / double(scores.size());
}

/// Where the share of good scores below a threshold meets that of bad ones not below: on the line
/// between the thresholds around that point, going down from a threshold that refuses everything.
inline double counted_eer(const std::vector<double>& good, const std::vector<double>& bad) {
  std::vector<double> thresholds = good;
  thresholds.insert(thresholds.end(), bad.begin(), bad.end());
  std::sort(thresholds.rbegin(), thresholds.rend());
  double refused = 1, accepted = 0;
  for (const double threshold : thresholds) {
    const double next_refused = share_below(good, threshold);
    const double next_accepted = 1 - share_below(bad, threshold);
    if (next_refused <= next_accepted) {
      const double before = refused - accepted, after = next_accepted - next_refused;
      return accepted + (next_accepted - accepted) * before / (before + after);
    }
    refused = next_refused;
    accepted = next_accepted;
  }
  return 0;
}

}  // namespace gm_test
