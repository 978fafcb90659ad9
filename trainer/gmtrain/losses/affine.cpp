// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/losses/affine.hpp"

#include <cmath>

#include "gmtrain/losses/gaussian_mixture.hpp"

namespace gmtrain {

using torch::Tensor;

AffineLoss::AffineLoss(const LossShape& shape, bool has_bias) {
  const double deviation = std::sqrt(2.0 / static_cast<double>(shape.dimension));
  weight_ =
      register_parameter("weight", torch::randn({shape.classes, shape.dimension}) * deviation);
  if (has_bias) bias_ = register_parameter("bias", torch::zeros({shape.classes}));
}

Tensor AffineLoss::affinities(const Tensor& features) const {
  const auto type = features.scalar_type();
  return torch::linear(features, weight_.to(type), bias_.defined() ? bias_.to(type) : Tensor());
}

Tensor AffineLoss::classification_loss(const Tensor& features, const Tensor& labels) {
  return torch::cross_entropy_loss(affinities(features), labels, {}, at::Reduction::None);
}

Tensor AffineLoss::total_loss(const Tensor& features, const Tensor& labels) {
  return classification_loss(features, labels);
}

Scores AffineLoss::score(const Tensor& features) const {
  torch::NoGradGuard no_grad;
  const Tensor logits = affinities(features.to(torch::kDouble));
  Scores scores = posterior_scores(logits);
  scores.log_likelihood = of_predicted(logits, scores);
  return scores;
}

Tensor AffineLoss::log_likelihood(const Tensor& features, const Tensor& classes) const {
  return affinities(features).gather(1, classes.unsqueeze(1)).squeeze(1);
}

Tensor AffineLoss::energy(const Tensor& /*features*/) const {
  TORCH_CHECK(false, "this loss has no distances, hence no energy");
}

std::vector<ParameterGroup> AffineLoss::parameter_groups() {
  std::vector<Tensor> parameters{weight_};
  if (bias_.defined()) parameters.push_back(bias_);
  return {{parameters, 1, true}};
}

}  // namespace gmtrain
