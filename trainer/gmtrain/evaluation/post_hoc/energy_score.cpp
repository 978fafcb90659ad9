// SPDX-License-Identifier: Apache-2.0
// The energy score, logsumexp of the affinities (Liu et al., NeurIPS 2020). Those of L-GM are
// log p(x,k), whose logsumexp is the log-density.
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {
namespace {

class EnergyScore final : public PostHocScore {
 public:
  torch::Tensor score(const torch::Tensor& /*features*/, const Scores& scores) const override {
    return scores.log_density;
  }
};

std::unique_ptr<PostHocScore> make_energy_score(const TrainingFeatures& /*training*/) {
  return std::make_unique<EnergyScore>();
}

const Registered<PostHocFactory> registered_energy_score("energy_score", make_energy_score);

}  // namespace
}  // namespace gmtrain
