// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/losses/gaussian_mixture.hpp"

#include <cmath>
#include <limits>

#include "dnn_gm/src/mixture_math.hpp"
#include "gmtrain/ops/lgm_loss.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

constexpr double kLargest = std::numeric_limits<float>::max();

/// Where features or their distances are no float32 numbers: as far as can be. NaN of the mixture's
/// own making stays.
Tensor saturated(const Tensor& distances, const Tensor& features) {
  return distances.clamp_max(kLargest).masked_fill(features.isfinite().all(1, true).logical_not(),
                                                   kLargest);
}

}  // namespace

Scores GaussianMixture::score(const Tensor& features) const {
  torch::NoGradGuard no_grad;
  const auto distances =
      saturated(mahalanobis_distances(features.to(torch::kDouble), means.to(torch::kDouble),
                                      log_variances.to(torch::kDouble)),
                features);
  const auto normalisers = log_normalisers();
  const auto log_gaussians = normalisers - 0.5 * distances;

  Scores scores = posterior_scores(log_gaussians + log_priors.to(torch::kDouble));
  scores.log_likelihood = of_predicted(log_gaussians, scores);
  scores.distance = of_predicted(distances, scores);
  scores.energy = -2 * (scores.log_density - base());
  return scores;
}

Tensor GaussianMixture::energy(const Tensor& features) const {
  // Expanded, so that it needs no differences of N x K x D; float64 has the digits.
  const auto x = features.to(torch::kDouble), mean = means.to(torch::kDouble);
  const auto precisions = (-log_variances.to(torch::kDouble)).exp().expand_as(mean);
  const auto distances = x.square().mm(precisions.t()) - 2 * x.mm((mean * precisions).t()) +
                         (mean.square() * precisions).sum(1);
  const auto joint = log_normalisers() + log_priors.to(torch::kDouble) - 0.5 * distances;
  return -2 * (joint.logsumexp(1) - base());
}

Tensor GaussianMixture::log_normalisers() const {
  const auto dimension = means.size(1);
  const auto log_dets =
      log_variances.to(torch::kDouble).expand({log_variances.size(0), dimension}).sum(1);
  return cv::dnn_gm::logGaussian(log_dets, static_cast<int>(dimension));
}

Tensor GaussianMixture::base() const {
  return (log_normalisers() + log_priors.to(torch::kDouble)).max();
}

Tensor GaussianMixture::log_likelihood(const Tensor& features, const Tensor& classes) const {
  const auto type = features.scalar_type();
  const auto shape = means.sizes();
  const auto own_variances =
      log_variances.to(type).expand({shape[0], shape[1]}).index_select(0, classes);
  const auto differences = features - means.to(type).index_select(0, classes);
  const auto terms = differences.square() * (-own_variances).exp() + own_variances;
  return cv::dnn_gm::logGaussian(terms.sum(1), static_cast<int>(shape[1]));
}

using torch::Tensor;

Scores posterior_scores(const Tensor& joint) {
  Scores scores;
  scores.predicted = joint.argmax(1);
  scores.log_density = joint.logsumexp(1);
  // Not by the density, whose digits far away would hide the number of classes.
  scores.log_posterior = joint.log_softmax(1);
  // 1 - p_c summed from the other classes' posteriors, since p_c itself rounds to 1.
  const Tensor others = scores.log_posterior.scatter(1, scores.predicted.unsqueeze(1), -INFINITY);
  scores.log_error = others.logsumexp(1);
  // Of one class there is no doubt.
  scores.doubt = (scores.log_error - of_predicted(scores.log_posterior, scores))
                     .clamp_min(-std::numeric_limits<float>::max());
  return scores;
}

Tensor of_predicted(const Tensor& values, const Scores& scores) {
  return values.gather(1, scores.predicted.unsqueeze(1)).squeeze(1);
}

}  // namespace gmtrain
