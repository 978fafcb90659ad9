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

}  // namespace gmtrain
