// SPDX-License-Identifier: Apache-2.0
// What a loss is to the training loop, the attacks and the evaluation.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/registry.hpp"
#include "gmtrain/losses/gaussian_mixture.hpp"

namespace gmtrain {

/// Parameters that the optimiser treats alike.
struct ParameterGroup {
  std::vector<torch::Tensor> parameters;
  double learning_rate_factor;  ///< times the schedule's learning rate
  bool weight_decay;
};

class Loss : public torch::nn::Module {
 public:
  struct Value {
    torch::Tensor loss;       ///< scalar to minimise
    torch::Tensor predicted;  ///< [N] int64
  };

  /// The training loss of a batch, margin included. @param features [N,D] @param labels [N] int64
  virtual Value forward(const torch::Tensor& features, const torch::Tensor& labels) = 0;

  /// [N], cross-entropy of the posterior without margin: what FGSM ascends (Sect. 4.3).
  virtual torch::Tensor classification_loss(const torch::Tensor& features,
                                            const torch::Tensor& labels) = 0;

  /// [N], the whole loss without margin (Eq. 11): what targeted FGSM descends.
  virtual torch::Tensor total_loss(const torch::Tensor& features, const torch::Tensor& labels) = 0;

  virtual Scores score(const torch::Tensor& features) const = 0;

  /// [N], what score() calls the log-likelihood, of the given classes instead of the predicted ones
  /// and differentiable: what an attacker raises who knows of the detector.
  virtual torch::Tensor log_likelihood(const torch::Tensor& features,
                                       const torch::Tensor& classes) const = 0;

  /// Whether score() fills Scores::distance and energy; without, a run cannot be calibrated.
  virtual bool has_distances() const { return true; }

  /// [N], what score() calls the energy, differentiable. Of losses with distances.
  virtual torch::Tensor energy(const torch::Tensor& features) const = 0;

  /// The Gaussian mixture for the exported head, if the loss has one.
  virtual std::optional<GaussianMixture> mixture() const = 0;

  virtual std::vector<ParameterGroup> parameter_groups() = 0;

  /// Called before each step with the share of training that is done, in [0,1]: schedules.
  virtual void set_progress(double /*done*/) {}

  /// Called after each step: puts parameters back into their allowed range.
  virtual void project() {}

  /// Scalars worth a curve of their own, such as the scheduled margin.
  virtual std::vector<std::pair<std::string, double>> scalars() const { return {}; }
};

struct LossShape {
  int64_t classes, dimension;
};

/// Builds the loss that the recipe's table [loss] describes.
/// To add a loss: write losses/<name>.cpp with such a function, and register it there.
using LossFactory = std::shared_ptr<Loss> (*)(Section options, const LossShape& shape);

/// @throws RecipeError for an unknown `loss.name` or a bad option
inline std::shared_ptr<Loss> make_loss(Section options, const LossShape& shape) {
  return Registry<LossFactory>::chosen(options, "name", "loss function")(options, shape);
}

}  // namespace gmtrain
