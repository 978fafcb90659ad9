// SPDX-License-Identifier: Apache-2.0
// Detection scores from the literature that are fitted to the features of a classifier after its
// training, whatever its loss: to compare the loss's own scores with.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/registry.hpp"
#include "gmtrain/losses/gaussian_mixture.hpp"

namespace gmtrain {

/// What scores are fitted to: the images trained on, without augmentation.
struct TrainingFeatures {
  torch::Tensor features;  ///< [N,D] float32, on the CPU
  torch::Tensor labels;    ///< [N] int64
  int64_t classes;
};

class PostHocScore {
 public:
  virtual ~PostHocScore() = default;

  /// @param features [N,D] float32, on the CPU
  /// @param scores what the classifier says of them, on the CPU
  /// @return [N] float64, larger for features that are more like those of training
  virtual torch::Tensor score(const torch::Tensor& features, const Scores& scores) const = 0;
};

/// To add one: write post_hoc/<name>.cpp with such a function, and register it there.
using PostHocFactory = std::unique_ptr<PostHocScore> (*)(const TrainingFeatures& training);

/// Fitted scores with their names.
using PostHocScores = std::vector<std::pair<std::string, std::unique_ptr<PostHocScore>>>;

}  // namespace gmtrain
