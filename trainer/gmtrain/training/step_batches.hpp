// SPDX-License-Identifier: Apache-2.0
// What the steps of an epoch are taken on.
#pragma once

#include <optional>

#include "gmtrain/data/batch_stream.hpp"

namespace gmtrain {

struct StepBatch {
  Batch batch;
  int64_t step;  ///< which of the stream's batches it is, or begins with
};

/// The batches of a stream. One that has fewer than `least` images, as the last of an epoch or one
/// with broken images may have, becomes part of the batch before it, or of the next where there is
/// none: batch normalisation needs more than one image. None is lost.
class StepBatches {
 public:
  /// @param stream must outlive this
  StepBatches(BatchStream& stream, int64_t least) : stream_(stream), least_(least) {}

  /// The next, or nothing at the end. @throws what the stream throws, and std::runtime_error where
  /// the whole stream has fewer than `least` images
  std::optional<StepBatch> next();

 private:
  bool is_small(const Batch& batch) const;

  BatchStream& stream_;
  int64_t least_, loaded_ = 0;
  bool returned_any_ = false;
  std::optional<StepBatch> waiting_;  ///< until it is known whether the next is small
};

}  // namespace gmtrain
