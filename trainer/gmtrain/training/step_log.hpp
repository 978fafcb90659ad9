// SPDX-License-Identifier: Apache-2.0
// What steps of training measured, kept on the device where it was computed.
#pragma once

#include <torch/types.h>

#include <vector>

#include "gmtrain/losses/loss.hpp"

namespace gmtrain {

struct StepMeasures {
  int64_t step, images;
  double loss;       ///< mean of the batch, before the step
  int64_t wrong;     ///< predictions of the batch, before the step
  double deviation;  ///< largest of a feature from the batch's mean feature
  double size;       ///< largest magnitude of a feature
};

/// Reading a number makes the CPU wait until the GPU has come so far, so that neither has work
/// ready for the other. Many steps are therefore read at once.
class StepLog {
 public:
  /// @param features [N,D] and labels [N] of the step's batch
  void add(int64_t step, const Loss::Value& value, const torch::Tensor& features,
           const torch::Tensor& labels);

  /// The steps since the last reading, in their order.
  std::vector<StepMeasures> read();

 private:
  std::vector<StepMeasures> steps_;       ///< whose numbers are still on the device
  std::vector<torch::Tensor> on_device_;  ///< [4] float64 of each
};

}  // namespace gmtrain
