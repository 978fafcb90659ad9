#include "gmtrain/evaluation/picture_ranges.hpp"

#include <algorithm>

namespace gmtrain {
namespace {

using torch::Tensor;

std::array<int64_t, 2> least_and_largest(const Batch& batch, int64_t ImageSize::*side) {
  std::array<int64_t, 2> range{batch.sizes.at(0).*side, batch.sizes.at(0).*side};
  for (const ImageSize& size : batch.sizes) {
    range = {std::min(range[0], size.*side), std::max(range[1], size.*side)};
  }
  return range;
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
  const PictureRanges seen{
      least_and_largest(batch, &ImageSize::height), least_and_largest(batch, &ImageSize::width),
      least_and_largest(pixels.mean(1)), least_and_largest(pixels.std(1, /*unbiased=*/false))};
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
