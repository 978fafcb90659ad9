// SPDX-License-Identifier: Apache-2.0
// The negative energy, logsumexp of the affinities (Liu et al., NeurIPS 2020). Those of L-GM are
// log p(x,k), whose logsumexp is the log-density.
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {
namespace {

class Energy final : public PostHocScore {
 public:
  torch::Tensor score(const torch::Tensor& /*features*/, const Scores& scores) const override {
    return scores.log_density;
  }
};

std::unique_ptr<PostHocScore> make_energy(const TrainingFeatures& /*training*/) {
  return std::make_unique<Energy>();
}

const Registered<PostHocFactory> registered_energy("energy", make_energy);

}  // namespace
}  // namespace gmtrain
