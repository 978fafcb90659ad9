// SPDX-License-Identifier: Apache-2.0
// Gradients by pixels, and the walk along them that all attacks of many steps share.
#pragma once

#include <functional>

#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/model.hpp"

namespace gmtrain {

/// What an attack makes as large as it can, of each image: float64 features [N,D] -> [N],
/// differentiable.
using Objective = std::function<torch::Tensor(const torch::Tensor& features)>;

/// Features of a batch, and the gradient of an objective by its pixels.
struct ImageGradient {
  torch::Tensor features;  ///< [N,D] float64, without graph
  torch::Tensor gradient;  ///< like the images, float32; each image's has a size of its own
};

/// Each image's gradient is right up to a positive factor.
///
/// A confident classifier's loss gradient is smaller than float32 can hold (1 - p is below 1e-38),
/// and even its sign would be lost. Since the scale of an image's objective does not change the
/// direction, the objective is differentiated by the features in float64 and each row brought to
/// size 1 before it goes back through the network.
/// @param images [N,C,H,W] float32
ImageGradient image_gradient(Model& model, const torch::Tensor& images, const Objective& objective);

/// Walks uphill from a start within the balls, and remembers for each image the best point it came
/// by, over as many walks as are asked for.
class Search {
 public:
  Search(Model& model, const Ball& ball, double epsilon, const PgdOptions& options)
      : model_(model), ball_(ball), options_(options), epsilon_(epsilon) {}

  /// @param start where the walk begins; points of `ball`
  /// @param objective what steps raise
  /// @param merit features [N,D] float64 -> [N] float64: which of the points is the best
  void walk(const torch::Tensor& start, const Objective& objective, const Objective& merit);

  /// The best points so far.
  const torch::Tensor& best() const { return best_; }

 private:
  void remember(const torch::Tensor& images, const torch::Tensor& merit);

  Model& model_;
  const Ball& ball_;
  const PgdOptions& options_;
  double epsilon_;
  torch::Tensor best_, best_merit_;
};

/// Where walk number `attempt` begins: a random point or the center, as the recipe says.
torch::Tensor start_of(const Ball& ball, const PgdOptions& options, const Batch& batch,
                       int64_t attempt);

/// The images that walks to wrong classes lead to: to those with the largest posteriors on the
/// clean images first, one a restart. Of all points that are misclassified the one with the highest
/// merit is kept; where there is none, the one whose right class is believed in least.
/// @param objective what steps raise, of the features and the class [N] that a walk goes to
/// @param merit [N], of what is said of misclassified points
/// @throws c10::Error where there is one class alone
torch::Tensor search_wrong_classes(
    Model& model, const Batch& batch, double epsilon, const PgdOptions& options,
    const std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>& objective,
    const std::function<torch::Tensor(const Scores&)>& merit);

}  // namespace gmtrain
