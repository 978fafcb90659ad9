// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/formats.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <stdexcept>
#include <utility>

#include "core/files/sha256.hpp"

namespace gmtrain {

std::vector<int64_t> checked_labels(const std::vector<uint8_t>& labels, const DatasetSource& source,
                                    const std::string& file) {
  const size_t classes = source.classes.empty() ? 256 : source.classes.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes) {
      throw std::runtime_error(fmt::format("{}: expected labels below {}, got {} at position {}",
                                           file, classes, labels[i], i));
    }
  }
  return {labels.begin(), labels.end()};
}

namespace {

class InMemory final : public Dataset {
 public:
  InMemory(std::vector<uint8_t> pixels, const ImageShape& shape, std::vector<int64_t> labels)
      : pixels_(std::move(pixels)), shape_(shape), labels_(std::move(labels)) {
    images_ =
        torch::from_blob(pixels_.data(), {size(), shape[0], shape[1], shape[2]}, torch::kByte);
    label_tensor_ = torch::tensor(labels_, torch::kLong);
  }

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return shape_; }

  std::string fingerprint() const override {
    return sha256({reinterpret_cast<const char*>(pixels_.data()), pixels_.size()});
  }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    const auto index = torch::tensor(indices, torch::kLong);
    return {images_.index_select(0, index), label_tensor_.index_select(0, index), indices.vec(),
            std::vector<ImageSize>(indices.size(), {shape_[1], shape_[2]})};
  }

 private:
  std::vector<uint8_t> pixels_;
  ImageShape shape_;
  std::vector<int64_t> labels_;
  torch::Tensor images_, label_tensor_;
};

}  // namespace

std::shared_ptr<Dataset> in_memory(std::vector<uint8_t> pixels, const ImageShape& shape,
                                   std::vector<int64_t> labels) {
  return std::make_shared<InMemory>(std::move(pixels), shape, std::move(labels));
}

}  // namespace gmtrain
