// Detection scores from the literature that are fitted to the features of a classifier after its
// training, whatever its loss: to compare the loss's own scores with.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

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

using PostHocScores = std::vector<std::pair<std::string, std::unique_ptr<PostHocScore>>>;

std::vector<std::string> post_hoc_names();

/// @param names among post_hoc_names()
PostHocScores fit_post_hoc(const std::vector<std::string>& names, const TrainingFeatures& training);

/// To add one: write post_hoc/<name>.cpp with such a function, and a line in post_hoc.cpp.
using PostHocFactory = std::unique_ptr<PostHocScore> (*)(const TrainingFeatures& training);

std::unique_ptr<PostHocScore> make_max_softmax(const TrainingFeatures& training);
std::unique_ptr<PostHocScore> make_energy(const TrainingFeatures& training);
std::unique_ptr<PostHocScore> make_mahalanobis(const TrainingFeatures& training);
std::unique_ptr<PostHocScore> make_relative_mahalanobis(const TrainingFeatures& training);
std::unique_ptr<PostHocScore> make_nearest_neighbour(const TrainingFeatures& training);

}  // namespace gmtrain
