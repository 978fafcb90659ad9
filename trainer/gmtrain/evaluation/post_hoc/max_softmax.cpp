// SPDX-License-Identifier: Apache-2.0
// The largest posterior (Hendrycks & Gimpel, ICLR 2017), as the number it is: those that round to 1
// are tied, unlike in the score `neg_log_error`.
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {
namespace {

class MaxSoftmax final : public PostHocScore {
 public:
  torch::Tensor score(const torch::Tensor& /*features*/, const Scores& scores) const override {
    return scores.log_posterior.amax(1).exp();
  }
};

std::unique_ptr<PostHocScore> make_max_softmax(const TrainingFeatures& /*training*/) {
  return std::make_unique<MaxSoftmax>();
}

const Registered<PostHocFactory> registered_max_softmax("max_softmax", make_max_softmax);

}  // namespace
}  // namespace gmtrain
