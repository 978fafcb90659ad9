// SPDX-License-Identifier: Apache-2.0
// The negative squared Mahalanobis distance to the nearest class, covariance tied (Lee et al.,
// NeurIPS 2018), on the last features.
#include "gmtrain/evaluation/post_hoc/gaussians.hpp"

namespace gmtrain {
namespace {

class Mahalanobis final : public PostHocScore {
 public:
  explicit Mahalanobis(const TrainingFeatures& training)
      : classes_(training.features, training.labels, training.classes) {}

  torch::Tensor score(const torch::Tensor& features, const Scores& /*scores*/) const override {
    return -classes_.distances(features).amin(1);
  }

 private:
  TiedGaussians classes_;
};

std::unique_ptr<PostHocScore> make_mahalanobis(const TrainingFeatures& training) {
  return std::make_unique<Mahalanobis>(training);
}

const Registered<PostHocFactory> registered_mahalanobis("mahalanobis", make_mahalanobis);

}  // namespace
}  // namespace gmtrain
