// Notices the failure that the L-GM loss is prone to: all features become equal and stay so.
#pragma once

#include <torch/types.h>

#include <stdexcept>

namespace gmtrain {

/// Training cannot go on; the message says what to change.
struct TrainingError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class CollapseDetector {
 public:
  explicit CollapseDetector(int64_t steps_per_epoch);

  /// @param features [N,D] of a batch; a batch of one tells nothing
  /// @throws TrainingError when an epoch's batches in a row, at most 30, have had features that
  ///                       hardly differ
  void observe(const torch::Tensor& features);

 private:
  int64_t patience_, equal_batches_ = 0;
};

}  // namespace gmtrain
