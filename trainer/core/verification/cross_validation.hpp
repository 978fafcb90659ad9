// SPDX-License-Identifier: Apache-2.0
// The accuracy that LFW's View 2 reports (Huang et al. 2007, "Labeled Faces in the Wild"): a
// threshold is chosen on all folds but one and tested on that one.
#pragma once

#include <cstdint>
#include <vector>

#include "core/verification/features.hpp"

namespace gmtrain {

/// Accuracies are fractions.
struct FoldResult {
  double threshold;  ///< of the other folds: a pair is said to be of one identity if its score is
                     ///< at least this
  double accuracy;   ///< of this fold's pairs by that threshold
};

struct CrossValidation {
  double accuracy;        ///< mean over folds
  double standard_error;  ///< of that mean: s / sqrt(F), s^2 = sum (a_f - mean)^2 / (F - 1)
  std::vector<FoldResult> folds;
};

/// The threshold with the most pairs on the right side, half way between two neighbouring scores,
/// or infinite where to accept none or all is best. The highest of equally good ones.
/// @param scores larger for pairs that are more alike; finite
/// @throws std::invalid_argument for an empty list and scores that are not finite
double best_threshold(const std::vector<double>& scores, const std::vector<bool>& same);

/// @param scores of the pairs, in their order
/// @throws std::invalid_argument for fewer than two folds, an empty fold, as many scores as there
///                               are not pairs, and scores that are not finite
CrossValidation cross_validate(const std::vector<double>& scores,
                               const std::vector<ImagePair>& pairs);

}  // namespace gmtrain
