// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace gmtrain::lgm {

/// What the loss may take beside its arguments and results, and what it does with it.
struct MemoryPlan {
  bool keep_posteriors;  ///< [N,K] from the forward to the backward pass; else worked out again
  int64_t chunk;         ///< classes whose logits are there at a time
  int64_t tile;          ///< classes of one product
  int64_t parts;         ///< of a chunk's tiles, each with a sum over its classes of its own

  /// @param most_of_tile Backend::tile
  /// @param budget bytes; 0 for O(NK + KD): the posteriors are kept
  MemoryPlan(int64_t samples, int64_t classes, int64_t dimension, bool diagonal,
             int64_t element_size, int64_t most_of_tile, int64_t budget);

  /// keep_posteriors alone.
  static bool keeps(int64_t samples, int64_t classes, int64_t element_size, int64_t budget);
};

}  // namespace gmtrain::lgm
