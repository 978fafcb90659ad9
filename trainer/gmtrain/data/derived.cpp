// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/derived.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/files/sha256.hpp"

namespace gmtrain {
namespace {

class Joined final : public Dataset {
 public:
  explicit Joined(std::vector<std::shared_ptr<Dataset>> parts) : parts_(std::move(parts)) {
    for (const auto& part : parts_) {
      begin_.push_back(size());
      labels_.insert(labels_.end(), part->labels().begin(), part->labels().end());
    }
  }

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return parts_[0]->image_shape(); }

  int64_t workers() const override {
    int64_t most = 0;
    for (const auto& part : parts_) most = std::max(most, part->workers());
    return most;
  }

  std::string fingerprint() const override {
    std::string all;
    for (const auto& part : parts_) all += part->fingerprint();
    return sha256(all);
  }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    std::vector<Batch> loaded;
    // Neighbours in the same part are loaded together.
    for (size_t first = 0, last; first < indices.size(); first = last) {
      const size_t part = part_of(indices[first]);
      std::vector<int64_t> of_part;
      for (last = first; last < indices.size() && part_of(indices[last]) == part; ++last) {
        of_part.push_back(indices[last] - begin_[part]);
      }
      loaded.push_back(parts_[part]->load(of_part));
      for (int64_t& i : loaded.back().indices) i += begin_[part];
    }
    return joined(loaded);
  }

 private:
  size_t part_of(int64_t index) const {
    return std::upper_bound(begin_.begin(), begin_.end(), index) - begin_.begin() - 1;
  }

  std::vector<std::shared_ptr<Dataset>> parts_;
  std::vector<int64_t> begin_, labels_;  ///< begin_: of each part, its first image
};

}  // namespace

Batch joined(const std::vector<Batch>& batches) {
  Batch all;
  std::vector<torch::Tensor> images{torch::empty(0, torch::kByte)},
      labels{torch::empty(0, torch::kLong)};
  for (const Batch& batch : batches) {
    images.push_back(batch.images);
    labels.push_back(batch.labels);
    all.indices.insert(all.indices.end(), batch.indices.begin(), batch.indices.end());
    all.sizes.insert(all.sizes.end(), batch.sizes.begin(), batch.sizes.end());
  }
  all.images = torch::cat(images);
  all.labels = torch::cat(labels);
  return all;
}

std::shared_ptr<Dataset> joined(std::vector<std::shared_ptr<Dataset>> parts) {
  return parts.size() == 1 ? parts[0] : std::make_shared<Joined>(std::move(parts));
}

namespace {

class ClassSubset final : public Dataset {
 public:
  ClassSubset(std::shared_ptr<Dataset> whole, const std::vector<int64_t>& classes)
      : whole_(std::move(whole)) {
    std::unordered_map<int64_t, int64_t> renumbered;
    for (const int64_t k : classes) renumbered.emplace(k, static_cast<int64_t>(renumbered.size()));
    for (int64_t i = 0; i < whole_->size(); ++i) {
      const auto label = renumbered.find(whole_->labels()[i]);
      if (label == renumbered.end()) continue;
      position_.emplace(i, size());
      members_.push_back(i);
      labels_.push_back(label->second);
    }
  }

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return whole_->image_shape(); }
  int64_t workers() const override { return whole_->workers(); }
  std::string fingerprint() const override { return whole_->fingerprint(); }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    std::vector<int64_t> members;
    for (const int64_t i : indices) members.push_back(members_.at(i));
    Batch batch = whole_->load(members);
    std::vector<int64_t> labels;
    for (int64_t& i : batch.indices) {
      i = position_.at(i);
      labels.push_back(labels_[i]);
    }
    batch.labels = torch::tensor(labels, torch::kLong);
    return batch;
  }

 private:
  std::shared_ptr<Dataset> whole_;
  std::vector<int64_t> members_, labels_;          ///< of the whole set; of this one
  std::unordered_map<int64_t, int64_t> position_;  ///< of members_' elements
};

}  // namespace

std::shared_ptr<Dataset> class_subset(std::shared_ptr<Dataset> whole,
                                      const std::vector<int64_t>& classes) {
  return std::make_shared<ClassSubset>(std::move(whole), classes);
}

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
  std::string fingerprint() const override { return whole_->fingerprint(); }
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
