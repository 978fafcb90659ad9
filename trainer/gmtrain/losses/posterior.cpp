#include "gmtrain/losses/posterior.hpp"

#include <cmath>
#include <limits>

namespace gmtrain {

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
