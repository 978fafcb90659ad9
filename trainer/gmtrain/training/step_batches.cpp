// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/step_batches.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "gmtrain/data/derived.hpp"

namespace gmtrain {

std::optional<StepBatch> StepBatches::next() {
  while (stream_.has_next()) {
    StepBatch loaded{stream_.next(), loaded_++};
    if (loaded.batch.indices.empty()) continue;
    if (!waiting_) {
      waiting_ = std::move(loaded);
    } else if (is_small(loaded.batch) || is_small(waiting_->batch)) {
      waiting_->batch = joined(std::vector<Batch>{waiting_->batch, loaded.batch});
    } else {
      returned_any_ = true;
      return std::exchange(waiting_, std::move(loaded));
    }
  }
  if (waiting_ ? is_small(waiting_->batch) : !returned_any_) {
    throw std::runtime_error(
        fmt::format("expected at least {} training images that are not broken, found {}", least_,
                    waiting_ ? waiting_->batch.indices.size() : 0));
  }
  returned_any_ = true;
  return std::exchange(waiting_, std::nullopt);
}

bool StepBatches::is_small(const Batch& batch) const {
  return static_cast<int64_t>(batch.indices.size()) < least_;
}

}  // namespace gmtrain
