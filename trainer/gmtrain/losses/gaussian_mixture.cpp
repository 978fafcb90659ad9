#include "gmtrain/losses/gaussian_mixture.hpp"

#include <cmath>

#include "gmtrain/losses/posterior.hpp"
#include "gmtrain/ops/lgm_loss.hpp"

namespace gmtrain {

Scores GaussianMixture::score(const torch::Tensor& features) const {
  torch::NoGradGuard no_grad;
  const auto variances = log_variances.to(torch::kDouble);
  const auto distances =
      mahalanobis_distances(features.to(torch::kDouble), means.to(torch::kDouble), variances);
  const double dimension = static_cast<double>(means.size(1));
  const auto log_dets = variances.expand({variances.size(0), means.size(1)}).sum(1);
  const auto log_gaussians = -0.5 * (distances + log_dets + dimension * std::log(2 * M_PI));
  const auto joint = log_gaussians + log_priors.to(torch::kDouble);

  Scores scores = posterior_scores(joint);
  scores.log_likelihood = of_predicted(log_gaussians, scores);
  scores.distance = of_predicted(distances, scores);
  return scores;
}

torch::Tensor GaussianMixture::log_likelihood(const torch::Tensor& features,
                                              const torch::Tensor& classes) const {
  const auto type = features.scalar_type();
  const auto shape = means.sizes();
  const auto own_variances =
      log_variances.to(type).expand({shape[0], shape[1]}).index_select(0, classes);
  const auto differences = features - means.to(type).index_select(0, classes);
  const auto terms = differences.square() * (-own_variances).exp() + own_variances;
  return -0.5 * (terms.sum(1) + static_cast<double>(shape[1]) * std::log(2 * M_PI));
}

}  // namespace gmtrain
