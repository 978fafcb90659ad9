// SPDX-License-Identifier: Apache-2.0
// The figures of verification.json; doc/verification.md explains them.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/verification/features.hpp"

namespace gmtrain {

/// Of one score: accuracy over folds, equal error rate, area under the ROC curve, TAR at FAR, and
/// the curve at 201 points at most.
/// @param scores of the pairs, in their order
/// @param false_accept_rates for TAR; null stands where the impostor pairs are too few for a rate
/// @throws std::invalid_argument as cross_validate() and true_accept_rate(), and where all pairs
///                               are of one kind
nlohmann::ordered_json score_figures(const std::vector<double>& scores,
                                     const std::vector<ImagePair>& pairs,
                                     const std::vector<double>& false_accept_rates);

/// How many pairs of each kind, of how many images, in how many folds.
nlohmann::ordered_json pair_figures(const std::vector<ImagePair>& pairs);

}  // namespace gmtrain
