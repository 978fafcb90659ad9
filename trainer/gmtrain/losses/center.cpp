// SPDX-License-Identifier: Apache-2.0
// The softmax loss with the center loss (Eq. 3) of Wen et al., "A Discriminative Feature Learning
// Approach for Deep Face Recognition", ECCV 2016:
//
//   L = L_softmax + lambda L_C,   L_C = 1/2 |x_i - c_{z_i}|^2, mean over the batch
//   c_j <- c_j - rate * sum_{i: z_i = j} (c_j - x_i) / (1 + number of such i)   after each batch
//
// The centers follow their features by this rule, not by the optimiser.
#include <cmath>

#include "dnn_gm/src/mixture_math.hpp"
#include "gmtrain/losses/affine.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

class CenterLoss final : public AffineLoss {
 public:
  CenterLoss(const LossShape& shape, double lambda, double rate)
      : AffineLoss(shape, true), lambda_(lambda), rate_(rate) {
    centers_ = register_buffer("centers", torch::zeros({shape.classes, shape.dimension}));
  }

  Value forward(const Tensor& features, const Tensor& labels) override {
    const auto logits = affinities(features);
    const auto loss =
        torch::cross_entropy_loss(logits, labels) + lambda_ * center_loss(features, labels).mean();
    if (is_training()) move_centers(features.detach(), labels);
    return {loss, logits.argmax(1)};
  }

  Tensor total_loss(const Tensor& features, const Tensor& labels) override {
    return classification_loss(features, labels) + lambda_ * center_loss(features, labels);
  }

  bool has_distances() const override { return true; }

  /// As likelihood exp(-L_C) of the predicted class (Sect. 4.3), which Lemma 1 makes a Gaussian's.
  /// The energy is that of such Gaussians around all centers; the doubt the posterior's.
  Scores score(const Tensor& features) const override {
    torch::NoGradGuard no_grad;
    Scores scores = AffineLoss::score(features);
    scores.distance = 2 * center_loss(features.to(torch::kDouble), scores.predicted);
    scores.log_likelihood = log_likelihood(features.to(torch::kDouble), scores.predicted);
    scores.energy = around_centers().score(features).energy;
    return scores;
  }

  Tensor energy(const Tensor& features) const override { return around_centers().energy(features); }

  Tensor log_likelihood(const Tensor& features, const Tensor& classes) const override {
    const double dimension = static_cast<double>(centers_.size(1));
    return -center_loss(features, classes) - 0.5 * dimension * cv::dnn_gm::log2pi;
  }

 private:
  /// [N]
  Tensor center_loss(const Tensor& features, const Tensor& labels) const {
    const Tensor own = centers_.to(features.scalar_type()).index_select(0, labels);
    return 0.5 * (features - own).square().sum(1);
  }

  GaussianMixture around_centers() const {
    const int64_t classes = centers_.size(0);
    return {centers_, torch::zeros({1, 1}, centers_.options()),
            torch::full({classes}, -std::log(static_cast<double>(classes)), centers_.options())};
  }

  void move_centers(const Tensor& features, const Tensor& labels) {
    torch::NoGradGuard no_grad;
    const Tensor own = torch::one_hot(labels, centers_.size(0)).to(features.scalar_type());
    const Tensor counts = own.sum(0).unsqueeze(1);
    centers_ -= rate_ * (counts * centers_ - own.t().mm(features)) / (1 + counts);
  }

  double lambda_, rate_;
  Tensor centers_;  ///< [K,D]
};

std::shared_ptr<Loss> make_center(Section options, const LossShape& shape) {
  const double lambda = options.get<double>(
      "center_weight", 0.01, "weight of the center loss beside softmax", at_least(0));
  const double rate = options.get<double>(
      "center_rate", 0.5, "how fast the centers follow their features", between(0, 1));
  return std::make_shared<CenterLoss>(shape, lambda, rate);
}

const Registered<LossFactory> registered_center("center", make_center);

}  // namespace
}  // namespace gmtrain
