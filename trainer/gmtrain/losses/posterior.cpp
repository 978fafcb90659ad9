#include "gmtrain/losses/posterior.hpp"

#include <cmath>

namespace gmtrain {

using torch::Tensor;

Scores posterior_scores(const Tensor& joint) {
  Scores scores;
  scores.predicted = joint.argmax(1);
  scores.log_density = joint.logsumexp(1);
  scores.log_posterior = joint - scores.log_density.unsqueeze(1);
  // 1 - p_c summed from the other classes' posteriors, since p_c itself rounds to 1.
  const Tensor others = scores.log_posterior.scatter(1, scores.predicted.unsqueeze(1), -INFINITY);
  scores.doubt = others.logsumexp(1);
  return scores;
}

Tensor of_predicted(const Tensor& values, const Scores& scores) {
  return values.gather(1, scores.predicted.unsqueeze(1)).squeeze(1);
}

}  // namespace gmtrain
