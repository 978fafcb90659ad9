#include "gmtrain/evaluation/picture_ranges.hpp"

#include <algorithm>

namespace gmtrain {
namespace {

using torch::Tensor;

void append(std::vector<float>& to, const Tensor& values) {
  const Tensor floats = values.to(torch::kFloat).cpu().contiguous();
  to.insert(to.end(), floats.data_ptr<float>(), floats.data_ptr<float>() + floats.numel());
}

template <typename T>
std::array<T, 2> range(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  const size_t beyond = values.size() / 100;
  return {values[beyond], values[values.size() - 1 - beyond]};
}

}  // namespace

void SeenPictures::add(const Batch& batch) {
  for (const ImageSize& size : batch.sizes) {
    heights_.push_back(size.height);
    widths_.push_back(size.width);
  }
  const Tensor pixels = batch.images.flatten(1).to(torch::kDouble);
  append(means_, pixels.mean(1));
  append(deviations_, pixels.std(1, /*unbiased=*/false));
}

std::optional<PictureRanges> SeenPictures::ranges() const {
  if (means_.empty()) return std::nullopt;
  return PictureRanges{range(heights_), range(widths_), range(means_), range(deviations_)};
}

}  // namespace gmtrain
