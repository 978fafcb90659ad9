#include "gmtrain/losses/gaussian_mixture.hpp"

#include <cmath>

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

  Scores scores;
  scores.predicted = joint.argmax(1);
  const auto column = scores.predicted.unsqueeze(1);
  const auto of_predicted = [&](const torch::Tensor& t) { return t.gather(1, column).squeeze(1); };
  scores.log_density = joint.logsumexp(1);
  scores.log_posterior = joint - scores.log_density.unsqueeze(1);
  // 1 - p_c summed from the other classes' posteriors, since p_c itself rounds to 1.
  scores.doubt = scores.log_posterior.scatter(1, column, -INFINITY).logsumexp(1);
  scores.log_likelihood = of_predicted(log_gaussians);
  scores.distance = of_predicted(distances);
  return scores;
}

}  // namespace gmtrain
