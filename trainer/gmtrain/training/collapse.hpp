// SPDX-License-Identifier: Apache-2.0
// Notices the failures that the L-GM loss is prone to: all features become equal and stay so, or
// those of a few classes do.
#pragma once

#include <stdexcept>

#include "gmtrain/losses/gaussian_mixture.hpp"
#include "gmtrain/training/step_log.hpp"

namespace gmtrain {

/// Training cannot go on; the message says what to change.
struct TrainingError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class CollapseDetector {
 public:
  explicit CollapseDetector(int64_t steps_per_epoch);

  /// @param step of a batch; one of a single image tells nothing
  /// @throws TrainingError when an epoch's batches in a row, at most 30, have had features that
  ///                       hardly differ
  void observe(const StepMeasures& step);

 private:
  int64_t patience_, equal_batches_ = 0;
};

/// The two classes whose means are nearest to each other.
struct ClosestMeans {
  int64_t first, second;
  double distance;  ///< squared Mahalanobis distance, by the second's covariance

  /// Within a standard deviation of each other no feature tells the two apart.
  bool merged() const { return distance < 1; }
};

/// @param mixture of at least two classes
ClosestMeans closest_means(const GaussianMixture& mixture);

}  // namespace gmtrain
