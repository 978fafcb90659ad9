// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_memory_plan.hpp"

#include <algorithm>

#include "gmtrain/ops/lgm_products.hpp"

namespace gmtrain::lgm {
namespace {

/// What is taken, in numbers of the means' type.
struct Costs {
  int64_t of_call;   ///< X and -g X of each sample, the terms of its own class; two of each class
  int64_t of_chunk;  ///< a class of a chunk: its logits, and unless they are kept, exponentials
  int64_t of_tile;  ///< a class of a tile: V, 1/Lambda, sums, gradients that are copied; posteriors
  int64_t of_part;  ///< a part beside its tile: the sums over its classes
};

Costs costs_of(int64_t samples, int64_t classes, int64_t dimension, bool diagonal, bool kept) {
  const int64_t depth = operand_depth(dimension, diagonal);
  return {samples * (2 * depth + 4 * dimension) + 2 * classes, (kept ? 1 : 2) * samples,
          2 * depth + 3 * dimension + samples, samples * depth};
}

/// How many things of a cost there is room for: from one to `most`.
int64_t room_for(int64_t numbers, int64_t cost, int64_t most) {
  return std::clamp<int64_t>(numbers / std::max<int64_t>(cost, 1), 1, std::max<int64_t>(most, 1));
}

}  // namespace

bool MemoryPlan::keeps(int64_t samples, int64_t classes, int64_t element_size, int64_t budget) {
  return budget == 0 || samples * classes * element_size <= budget / 2;
}

MemoryPlan::MemoryPlan(int64_t samples, int64_t classes, int64_t dimension, bool diagonal,
                       int64_t element_size, int64_t most_of_tile, int64_t budget)
    : keep_posteriors(keeps(samples, classes, element_size, budget)) {
  constexpr int64_t kFewestParts = 2, kMostParts = 8, kMultiple = 64;
  constexpr int64_t kFewClasses = 32;  // are there at a time though the budget be used up
  const Costs costs = costs_of(samples, classes, dimension, diagonal, keep_posteriors);
  const int64_t kept = keep_posteriors ? samples * classes : 0;
  const int64_t left =
      budget == 0 ? 2 * (samples * classes + (samples + classes) * dimension)
                  : std::max(budget / element_size - costs.of_call - kept,
                             std::min(kFewClasses, classes) * (costs.of_chunk + costs.of_tile));
  if (most_of_tile > 0) {
    chunk = keep_posteriors ? classes : room_for(left / 2, costs.of_chunk, classes);
    tile = std::min(chunk, most_of_tile);
    if (budget != 0) tile = room_for(left / 4, costs.of_tile, tile);
    parts = room_for(left / 2, costs.of_part + tile * costs.of_tile, kMostParts);
    if (budget == 0) parts = std::max(parts, kFewestParts);
    parts = std::min(parts, (chunk + tile - 1) / tile);
  } else {
    chunk = room_for(left, costs.of_chunk + costs.of_tile, classes);
    if (chunk > kMultiple && chunk < classes) chunk -= chunk % kMultiple;
    tile = chunk;
    parts = 1;
  }
}

}  // namespace gmtrain::lgm
