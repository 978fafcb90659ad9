// How well a score tells pairs of images of the same person from pairs of different people.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <vector>

#include "pairs.hpp"
#include "roc.hpp"

namespace samples {

struct Verification {
  std::vector<RocPoint> curve;
  double threshold;       ///< that serves all pairs best
  double accuracy;        ///< mean over folds, each judged by the threshold best on the others
  double standard_error;  ///< of that mean
};

/// Scores of pairs, apart.
struct PairScores {
  std::vector<double> same, different;
};

/// The threshold at which most pairs are judged rightly: halfway between two scores, or infinite
/// where none or all are best accepted.
inline double best_threshold(const PairScores& scores) {
  const auto curve = roc_curve(scores.same, scores.different);
  const auto right = [&](const RocPoint& p) {
    return p.true_accepts * static_cast<double>(scores.same.size()) +
           (1 - p.false_accepts) * static_cast<double>(scores.different.size());
  };
  const auto best =
      std::max_element(curve.begin(), curve.end(),
                       [&](const RocPoint& a, const RocPoint& b) { return right(a) < right(b); });
  if (best == curve.begin()) return best->threshold;
  if (best + 1 == curve.end()) return -std::numeric_limits<double>::infinity();
  return (best->threshold + (best + 1)->threshold) / 2;
}

/// The protocol of LFW's View 2.
/// @param scores  of each pair, larger for what is more alike
/// @param folds   at least 2, and pairs of both kinds in each
inline Verification verify(const std::vector<Pair>& pairs, const std::vector<double>& scores,
                           int folds) {
  const auto choose = [&](const auto& wanted) {
    PairScores chosen;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (wanted(pairs[i])) (pairs[i].same ? chosen.same : chosen.different).push_back(scores[i]);
    }
    return chosen;
  };
  const PairScores all = choose([](const Pair&) { return true; });
  std::vector<double> accuracies;
  for (int fold = 0; fold < folds; ++fold) {
    const double threshold = best_threshold(choose([&](const Pair& p) { return p.fold != fold; }));
    double right = 0, count = 0;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].fold != fold) continue;
      right += (scores[i] >= threshold) == pairs[i].same;
      ++count;
    }
    accuracies.push_back(right / count);
  }
  cv::Scalar mean, deviation;
  cv::meanStdDev(accuracies, mean, deviation);  // divides by the number of folds
  return {roc_curve(all.same, all.different), best_threshold(all), mean[0],
          deviation[0] / std::sqrt(folds - 1.)};
}

}  // namespace samples
