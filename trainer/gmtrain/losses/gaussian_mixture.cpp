#include "gmtrain/losses/gaussian_mixture.hpp"

#include <cmath>
#include <limits>

#include "gmtrain/losses/posterior.hpp"
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
  return -0.5 * (log_dets + static_cast<double>(dimension) * std::log(2 * M_PI));
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
  return -0.5 * (terms.sum(1) + static_cast<double>(shape[1]) * std::log(2 * M_PI));
}

}  // namespace gmtrain
