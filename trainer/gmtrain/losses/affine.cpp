#include "gmtrain/losses/affine.hpp"

#include <cmath>

namespace gmtrain {

using torch::Tensor;

Scores affinity_scores(const Tensor& affinities) {
  torch::NoGradGuard no_grad;
  const Tensor logits = affinities.to(torch::kDouble);
  Scores scores;
  scores.predicted = logits.argmax(1);
  const Tensor column = scores.predicted.unsqueeze(1);
  scores.log_density = logits.logsumexp(1);
  scores.log_posterior = logits - scores.log_density.unsqueeze(1);
  scores.doubt = scores.log_posterior.scatter(1, column, -INFINITY).logsumexp(1);
  scores.log_likelihood = logits.gather(1, column).squeeze(1);
  return scores;
}

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
  return affinity_scores(affinities(features.to(torch::kDouble)));
}

std::vector<ParameterGroup> AffineLoss::parameter_groups() {
  std::vector<Tensor> parameters{weight_};
  if (bias_.defined()) parameters.push_back(bias_);
  return {{parameters, 1, true}};
}

}  // namespace gmtrain
