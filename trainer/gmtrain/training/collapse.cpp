// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/collapse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gmtrain/ops/lgm_loss.hpp"

namespace gmtrain {

CollapseDetector::CollapseDetector(int64_t steps_per_epoch)
    : patience_(std::min<int64_t>(30, steps_per_epoch)) {}

void CollapseDetector::observe(const StepMeasures& step) {
  if (step.images < 2) return;
  // Largest deviation from the batch's mean feature, against the features' own size and against 1,
  // which is the unit of an identity covariance.
  constexpr double kNegligible = 1e-3;
  const bool equal = step.deviation < kNegligible * std::max(1.0, step.size);
  equal_batches_ = equal ? equal_batches_ + 1 : 0;
  if (equal_batches_ < patience_) return;
  throw TrainingError(fmt::format(
      "collapse: the features of all images have been equal for {} steps (largest deviation "
      "{:.2g}) "
      "and would stay so. Let the margin grow more slowly (loss.alpha_start = 0, a larger "
      "loss.alpha_ramp), start with larger means (loss.means_deviation), or lower "
      "optimizer.learning_rate or lengthen optimizer.warmup",
      equal_batches_, step.deviation));
}

ClosestMeans closest_means(const GaussianMixture& mixture) {
  torch::NoGradGuard no_grad;
  constexpr int64_t kRows = 256;  // of the K x K distances at once
  const int64_t classes = mixture.means.size(0);
  TORCH_CHECK(classes > 1, "closest_means: expected at least two classes, got ", classes);
  ClosestMeans closest{0, 0, std::numeric_limits<double>::infinity()};
  for (int64_t first = 0; first < classes; first += kRows) {
    const int64_t rows = std::min(kRows, classes - first);
    auto distances = mahalanobis_distances(mixture.means.narrow(0, first, rows), mixture.means,
                                           mixture.log_variances)
                         .cpu();
    distances.diagonal(first).fill_(std::numeric_limits<float>::infinity());
    const auto nearest = distances.argmin().item<int64_t>();
    const double distance = distances.min().item<double>();
    if (distance < closest.distance) {
      closest = {first + nearest / classes, nearest % classes, distance};
    }
  }
  return closest;
}

}  // namespace gmtrain
