// MNIST's file format: four uncompressed IDX files in a folder, held in memory.
#include <fmt/format.h>
#include <algorithm>
#include <stdexcept>

#include "core/images/idx.hpp"
#include "gmtrain/data/dataset.hpp"

namespace gmtrain {
namespace {

class IdxDataset final : public Dataset {
 public:
  IdxDataset(const std::string& folder, const std::string& prefix, int64_t classes) {
    const std::string images_file = folder + "/" + prefix + "-images-idx3-ubyte";
    const std::string labels_file = folder + "/" + prefix + "-labels-idx1-ubyte";
    auto images = read_idx_images(images_file);
    const auto labels = read_idx_labels(labels_file);
    if (static_cast<int64_t>(labels.size()) != images.count) {
      throw std::runtime_error(fmt::format("{}: expected {} labels, one for each image, got {}",
                                           labels_file, images.count, labels.size()));
    }
    const auto bad =
        std::find_if(labels.begin(), labels.end(), [&](uint8_t label) { return label >= classes; });
    if (bad != labels.end()) {
      throw std::runtime_error(fmt::format("{}: expected labels below {}, got {} at position {}",
                                           labels_file, classes, *bad, bad - labels.begin()));
    }
    shape_ = {1, images.height, images.width};
    images_ = torch::from_blob(images.pixels.data(), {images.count, 1, images.height, images.width},
                               torch::kByte)
                  .clone();
    labels_ = torch::tensor(std::vector<int64_t>(labels.begin(), labels.end()), torch::kLong);
  }

  int64_t size() const override { return labels_.size(0); }
  ImageShape image_shape() const override { return shape_; }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    const auto index = torch::tensor(indices, torch::kLong);
    return {images_.index_select(0, index), labels_.index_select(0, index), indices.vec()};
  }

 private:
  ImageShape shape_{};
  torch::Tensor images_, labels_;
};

}  // namespace

std::shared_ptr<Dataset> open_idx(const std::string& folder, Split split, int64_t classes) {
  return std::make_shared<IdxDataset>(folder, split == Split::train ? "train" : "t10k", classes);
}

}  // namespace gmtrain
