// SPDX-License-Identifier: Apache-2.0
// Relative Mahalanobis distance (Ren et al., 2021): from the distance to the nearest class that to
// a single Gaussian of all training features is taken away.
#include "gmtrain/evaluation/post_hoc/gaussians.hpp"

namespace gmtrain {
namespace {

class RelativeMahalanobis final : public PostHocScore {
 public:
  explicit RelativeMahalanobis(const TrainingFeatures& training)
      : classes_(training.features, training.labels, training.classes),
        all_(training.features, torch::zeros_like(training.labels), 1) {}

  torch::Tensor score(const torch::Tensor& features, const Scores& /*scores*/) const override {
    return all_.distances(features).squeeze(1) - classes_.distances(features).amin(1);
  }

 private:
  TiedGaussians classes_, all_;
};

std::unique_ptr<PostHocScore> make_relative_mahalanobis(const TrainingFeatures& training) {
  return std::make_unique<RelativeMahalanobis>(training);
}

const Registered<PostHocFactory> registered_relative_mahalanobis("relative_mahalanobis",
                                                                 make_relative_mahalanobis);

}  // namespace
}  // namespace gmtrain
