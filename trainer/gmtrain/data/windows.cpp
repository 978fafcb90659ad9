// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/windows.hpp"

#include <utility>

namespace gmtrain {
namespace {

ImageSize image_size(const torch::Tensor& images) {
  return {images.size(2), images.size(3)};
}

class CentreCropped final : public Dataset {
 public:
  CentreCropped(std::shared_ptr<Dataset> whole, ImageSize size)
      : whole_(std::move(whole)), size_(size) {}

  const std::vector<int64_t>& labels() const override { return whole_->labels(); }
  int64_t workers() const override { return whole_->workers(); }
  ImageShape image_shape() const override {
    return {whole_->image_shape()[0], size_.height, size_.width};
  }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    Batch batch = whole_->load(indices);
    const std::vector<Window> windows(batch.images.size(0),
                                      centre_window(size_of(whole_->image_shape()), size_));
    batch.images = cut_windows(batch.images, windows, size_);
    return batch;
  }

 private:
  std::shared_ptr<Dataset> whole_;
  ImageSize size_;
};

}  // namespace

torch::Tensor cut_windows(const torch::Tensor& images, const std::vector<Window>& windows,
                          ImageSize size) {
  const auto whole = images.contiguous();
  const int64_t channels = whole.size(1);
  auto cut = torch::empty({whole.size(0), channels, size.height, size.width}, torch::kByte);
  const int64_t in = whole.stride(0), out = cut.stride(0);
  for (int64_t i = 0; i < whole.size(0); ++i) {
    copy_window(whole.const_data_ptr<uint8_t>() + i * in, channels, image_size(whole), windows[i],
                cut.data_ptr<uint8_t>() + i * out, size);
  }
  return cut;
}

Batch augment(Batch batch, const Augmentation& augmentation, int64_t seed, int64_t epoch) {
  const ImageSize image = image_size(batch.images);
  if (augmentation.is_off(image)) return batch;
  std::vector<Window> windows;
  for (const int64_t index : batch.indices) {
    windows.push_back(random_window(augmentation, image, {seed, epoch, index}));
  }
  batch.images = cut_windows(batch.images, windows, augmentation.crop);
  return batch;
}

std::shared_ptr<Dataset> centre_cropped(std::shared_ptr<Dataset> dataset, ImageSize size) {
  const auto [channels, height, width] = dataset->image_shape();
  if (height == size.height && width == size.width) return dataset;
  return std::make_shared<CentreCropped>(std::move(dataset), size);
}

}  // namespace gmtrain
