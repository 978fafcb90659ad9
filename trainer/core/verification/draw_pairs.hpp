// SPDX-License-Identifier: Apache-2.0
// Pairs of images for verification, drawn where a data set comes with none of its own.
#pragma once

#include "core/verification/features.hpp"

namespace gmtrain {

struct PairOptions {
  int64_t pairs;  ///< in all folds together, at most
  int64_t folds;
  int64_t seed;
};

struct DrawnPairs {
  std::vector<ImagePair> pairs;  ///< fold after fold
  /// Whether no identity is in two folds. If not, there were fewer than two for each fold, and the
  /// images of each were shared out: still no image is in two folds.
  bool identities_disjoint;
};

/// In every fold the same number of genuine and of impostor pairs, none twice, each of the pairs
/// that the fold's images can form with the same chance. Identities go to the folds by the seed, or
/// their images do where there are fewer identities than 2 * folds. Where the images of some fold
/// cannot form pairs / (2 * folds) of a kind, every fold has as many as that one can.
/// @param identities of the images; images are numbered in this order
/// @throws std::invalid_argument if some fold could have no pair of a kind
DrawnPairs draw_pairs(const std::vector<int64_t>& identities, const PairOptions& options);

}  // namespace gmtrain
