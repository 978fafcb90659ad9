// SPDX-License-Identifier: Apache-2.0
// What verification works on: features of images and pairs of them.
#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

/// Features of N images, [N,D] row by row.
struct FeatureTable {
  int64_t dimension = 0;  ///< D
  std::vector<float> values;

  int64_t count() const {
    return dimension == 0 ? 0 : static_cast<int64_t>(values.size()) / dimension;
  }
};

/// What scores are fitted to: images that were trained on, none of an identity that is verified.
struct TrainingTable {
  FeatureTable features;
  std::vector<int64_t> labels;  ///< N, any numbers: equal for images of the same class
};

/// Two images, by their rows in a FeatureTable.
struct ImagePair {
  int64_t first, second;
  bool same;     ///< of one identity: a genuine pair, otherwise an impostor pair
  int64_t fold;  ///< 0, 1, ...
};

}  // namespace gmtrain
