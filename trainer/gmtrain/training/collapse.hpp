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
  /// Steps in a row with equal features that count as collapse.
  static constexpr int kPatience = 30;

  /// @param features [N,D] of a batch; a batch of one tells nothing
  /// @throws TrainingError after kPatience batches in a row whose features hardly differ
  void observe(const torch::Tensor& features);

 private:
  int equal_batches_ = 0;
};

}  // namespace gmtrain
