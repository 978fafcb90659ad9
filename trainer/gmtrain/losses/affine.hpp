// SPDX-License-Identifier: Apache-2.0
// What the softmax loss and its relatives have in common: class k's affinity w_k.x + b_k.
#pragma once

#include "gmtrain/losses/loss.hpp"

namespace gmtrain {

class AffineLoss : public Loss {
 public:
  /// Weights as He et al. draw them, bias 0.
  AffineLoss(const LossShape& shape, bool has_bias);

  torch::Tensor classification_loss(const torch::Tensor& features,
                                    const torch::Tensor& labels) override;
  torch::Tensor total_loss(const torch::Tensor& features, const torch::Tensor& labels) override;
  /// The posterior is the softmax of the affinities. As log_likelihood there is the winning
  /// affinity (Sect. 4.3), as log_density their log-sum, and no distance.
  Scores score(const torch::Tensor& features) const override;
  torch::Tensor log_likelihood(const torch::Tensor& features,
                               const torch::Tensor& classes) const override;
  bool has_distances() const override { return false; }
  torch::Tensor energy(const torch::Tensor& features) const override;
  std::optional<GaussianMixture> mixture() const override { return std::nullopt; }
  std::vector<ParameterGroup> parameter_groups() override;

  /// [N,K], in the features' type.
  torch::Tensor affinities(const torch::Tensor& features) const;

 protected:
  torch::Tensor weight_;  ///< [K,D]
  torch::Tensor bias_;    ///< [K], or undefined
};

}  // namespace gmtrain
