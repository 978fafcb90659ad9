// SPDX-License-Identifier: Apache-2.0
#include "core/verification/cross_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace gmtrain {
namespace {

/// Scores and truths of the pairs in a fold, or of those that are not.
struct Part {
  std::vector<double> scores;
  std::vector<bool> same;

  double accuracy(double threshold) const {
    int64_t right = 0;
    for (size_t i = 0; i < scores.size(); ++i) right += (scores[i] >= threshold) == same[i];
    return static_cast<double>(right) / static_cast<double>(scores.size());
  }
};

Part part_of(const std::vector<double>& scores, const std::vector<ImagePair>& pairs, int64_t fold,
             bool inside) {
  Part part;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if ((pairs[i].fold == fold) != inside) continue;
    part.scores.push_back(scores[i]);
    part.same.push_back(pairs[i].same);
  }
  return part;
}

int64_t number_of_folds(const std::vector<ImagePair>& pairs) {
  int64_t folds = 0;
  for (const ImagePair& pair : pairs) folds = std::max(folds, pair.fold + 1);
  if (folds < 2) {
    throw std::invalid_argument(
        fmt::format("cross_validate: expected at least two folds, found {}", folds));
  }
  return folds;
}

}  // namespace

double best_threshold(const std::vector<double>& scores, const std::vector<bool>& same) {
  if (scores.empty() || scores.size() != same.size()) {
    throw std::invalid_argument(
        fmt::format("best_threshold: expected as many truths as scores, and some, found {} and {}",
                    same.size(), scores.size()));
  }
  std::vector<std::pair<double, bool>> descending;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i])) {
      throw std::invalid_argument(
          fmt::format("best_threshold: expected finite scores, found {}", scores[i]));
    }
    descending.emplace_back(scores[i], same[i]);
  }
  std::sort(descending.rbegin(), descending.rend());

  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // Right minus right when none is accepted: each genuine pair accepted adds one, each impostor
  // takes one away.
  int64_t gain = 0, best_gain = 0;
  double best = kInfinity;
  for (size_t i = 0; i < descending.size(); ++i) {
    gain += descending[i].second ? 1 : -1;
    const bool last = i + 1 == descending.size();
    if (!last && descending[i + 1].first == descending[i].first) continue;
    if (gain <= best_gain) continue;
    best_gain = gain;
    // Halved before they are added, which cannot overflow.
    best = last ? -kInfinity : descending[i].first / 2 + descending[i + 1].first / 2;
  }
  return best;
}

CrossValidation cross_validate(const std::vector<double>& scores,
                               const std::vector<ImagePair>& pairs) {
  if (scores.size() != pairs.size()) {
    throw std::invalid_argument(
        fmt::format("cross_validate: expected a score for each of {} pairs, found {}", pairs.size(),
                    scores.size()));
  }
  const int64_t folds = number_of_folds(pairs);
  CrossValidation result{0, 0, {}};
  for (int64_t f = 0; f < folds; ++f) {
    const Part others = part_of(scores, pairs, f, false), tested = part_of(scores, pairs, f, true);
    if (tested.scores.empty()) {
      throw std::invalid_argument(fmt::format("cross_validate: no pairs in fold {}", f));
    }
    const double threshold = best_threshold(others.scores, others.same);
    result.folds.push_back({threshold, tested.accuracy(threshold)});
    result.accuracy += result.folds.back().accuracy / static_cast<double>(folds);
  }
  double squares = 0;
  for (const FoldResult& fold : result.folds) {
    squares += (fold.accuracy - result.accuracy) * (fold.accuracy - result.accuracy);
  }
  result.standard_error =
      std::sqrt(squares / static_cast<double>(folds - 1) / static_cast<double>(folds));
  return result;
}

}  // namespace gmtrain
