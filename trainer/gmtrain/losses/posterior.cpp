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
  if (joint.size(1) > 1) {
    const Tensor highest = std::get<0>(joint.topk(2, 1));
    scores.doubt = highest.select(1, 1) - highest.select(1, 0);
  } else {
    scores.doubt = torch::full_like(scores.log_density, -std::numeric_limits<float>::max());
  }
  return scores;
}

Tensor of_predicted(const Tensor& values, const Scores& scores) {
  return values.gather(1, scores.predicted.unsqueeze(1)).squeeze(1);
}

}  // namespace gmtrain
