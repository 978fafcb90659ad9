// SPDX-License-Identifier: Apache-2.0
// What face_verification must print of pairs, by trying every threshold.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "samples/judged_by_counting.hpp"

namespace gm_test {

struct Pair {
  std::string first, second;  ///< files
  bool same;
  int fold;
};

/// The threshold at which most pairs outside of a fold are judged rightly: halfway between two
/// scores, the highest of several.
inline double counted_threshold(const std::vector<Pair>& pairs, const std::vector<double>& scores,
                                int without) {
  auto candidates = scores;
  candidates.push_back(1e9);
  std::sort(candidates.rbegin(), candidates.rend());
  int most = -1;
  double chosen = 0;
  for (const double threshold : candidates) {
    int right = 0;
    double above = 1e9, below = -1e9;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].fold == without) continue;
      right += (scores[i] >= threshold) == pairs[i].same;
      if (scores[i] >= threshold)
        above = std::min(above, scores[i]);
      else
        below = std::max(below, scores[i]);
    }
    if (right <= most) continue;
    most = right;
    chosen = (above + below) / 2;
  }
  return chosen;
}

/// The share of each fold that is right by the threshold of the others.
inline std::vector<double> counted_accuracies(const std::vector<Pair>& pairs,
                                              const std::vector<double>& scores, int folds) {
  std::vector<double> shares;
  for (int fold = 0; fold < folds; ++fold) {
    const double threshold = counted_threshold(pairs, scores, fold);
    double count = 0, right = 0;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].fold != fold) continue;
      ++count;
      right += (scores[i] >= threshold) == pairs[i].same;
    }
    shares.push_back(right / count);
  }
  return shares;
}

/// The largest share of `same` that a threshold accepts with at most 0.1 % of `different`.
inline double counted_tar(const std::vector<double>& same, const std::vector<double>& different) {
  double most = 0;
  for (const double threshold : same) {
    const auto accepted = [=](const std::vector<double>& scores) {
      return double(std::count_if(scores.begin(), scores.end(),
                                  [=](double score) { return score >= threshold; })) /
             double(scores.size());
    };
    if (accepted(different) <= 0.001) most = std::max(most, accepted(same));
  }
  return most;
}

/// Pairs, accuracy in percent and its standard error, threshold, equal error rate in percent,
/// AUROC, and the share of same accepted with 0.1 % of different.
inline std::vector<double> counted_row(const std::vector<Pair>& pairs,
                                       const std::vector<double>& scores, int folds) {
  std::vector<double> same, different;
  for (size_t i = 0; i < pairs.size(); ++i) (pairs[i].same ? same : different).push_back(scores[i]);
  double mean = 0, squares = 0;
  const auto shares = counted_accuracies(pairs, scores, folds);
  for (const double share : shares) mean += share / folds;
  for (const double share : shares) squares += (share - mean) * (share - mean);
  return {double(pairs.size()),
          100 * mean,
          100 * std::sqrt(squares / (folds - 1) / folds),
          counted_threshold(pairs, scores, -1),
          100 * counted_eer(same, different),
          counted_auroc(same, different),
          counted_tar(same, different)};
}

const std::vector<int> kPairsDecimals = {0, 2, 2, 4, 2, 4, 4};

}  // namespace gm_test
