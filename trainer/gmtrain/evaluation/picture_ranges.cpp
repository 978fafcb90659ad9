#include "gmtrain/evaluation/picture_ranges.hpp"

#include <algorithm>

namespace gmtrain {
namespace {

using torch::Tensor;

/// The images' heights or widths as they came: those of the batch, which is not told of others.
std::array<int64_t, 2> side_of(const Batch& batch, int64_t dimension) {
  return {batch.images.size(dimension), batch.images.size(dimension)};
}

std::array<float, 2> least_and_largest(const Tensor& values) {
  return {values.min().item<float>(), values.max().item<float>()};
}

template <typename T>
void widen(std::array<T, 2>& range, const std::array<T, 2>& other) {
  range = {std::min(range[0], other[0]), std::max(range[1], other[1])};
}

}  // namespace

void widen(std::optional<PictureRanges>& ranges, const Batch& batch) {
  const Tensor pixels = batch.images.flatten(1).to(torch::kDouble);
  const PictureRanges seen{side_of(batch, 2), side_of(batch, 3), least_and_largest(pixels.mean(1)),
                           least_and_largest(pixels.std(1, /*unbiased=*/false))};
  if (!ranges) {
    ranges = seen;
    return;
  }
  widen(ranges->heights, seen.heights);
  widen(ranges->widths, seen.widths);
  widen(ranges->means, seen.means);
  widen(ranges->deviations, seen.deviations);
}

}  // namespace gmtrain
