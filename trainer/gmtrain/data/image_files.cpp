// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/image_files.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/files/sha256.hpp"
#include "core/images/decode.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/data/preparation.hpp"

namespace gmtrain {
namespace {

/// Reports each broken image once, and ends the program's patience at a limit.
class CorruptImages {
 public:
  explicit CorruptImages(int64_t limit) : limit_(limit) {}

  void add(const ImageError& error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!seen_.insert(error.what()).second) return;
    if (static_cast<int64_t>(seen_.size()) > limit_) {
      throw std::runtime_error(
          fmt::format("{} (more than data.max_corrupt = {} broken images)", error.what(), limit_));
    }
    log_warning(fmt::format("{}: left out", error.what()));
  }

 private:
  int64_t limit_;
  std::mutex mutex_;
  std::set<std::string> seen_;
};

class ImageFiles final : public Dataset {
 public:
  ImageFiles(std::vector<ImageFile> files, const DataOptions& options)
      : files_(std::move(files)),
        one_size_(options.resize == 0),
        workers_(options.workers),
        corrupt_(options.max_corrupt) {
    for (const ImageFile& file : files_) labels_.push_back(file.label);
    const auto size = one_size_ ? size_of_first() : ImageSize{options.resize, options.resize};
    shape_ = {options.channels(), size.height, size.width};
    preparation_ = preparation_of(options, shape_);
    preparation_.inputSize = preparation_.resizeSize;  // whatever is cut is cut from whole images
  }

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return shape_; }
  int64_t workers() const override { return workers_; }

  std::string fingerprint() const override {
    std::string listing;
    for (const ImageFile& file : files_) {
      const std::filesystem::path path = file.path;
      std::error_code missing;  // found by load()
      listing += fmt::format("{}/{}\n{}\n", path.parent_path().filename().string(),
                             path.filename().string(), std::filesystem::file_size(path, missing));
    }
    return sha256(listing);
  }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    Batch batch;
    const auto [channels, height, width] = shape_;
    const auto count = static_cast<int64_t>(indices.size());
    batch.images = torch::empty({count, channels, height, width}, torch::kByte);
    auto* out = batch.images.data_ptr<uint8_t>();
    std::vector<int64_t> labels;
    for (const int64_t index : indices) {
      try {
        batch.sizes.push_back(decode(files_.at(index).path, out));
        out += channels * height * width;
      } catch (const ImageError& error) {
        corrupt_.add(error);
        continue;
      }
      batch.indices.push_back(index);
      labels.push_back(labels_[index]);
    }
    batch.images = batch.images.narrow(0, 0, static_cast<int64_t>(labels.size()));
    batch.labels = torch::tensor(labels, torch::kLong);
    return batch;
  }

 private:
  /// The picture's own size, and what it becomes in `out`.
  ImageSize decode(const std::string& file, uint8_t* out) const {
    const auto size = decode_image(file, preparation_, out);
    if (one_size_ && (size.height != shape_[1] || size.width != shape_[2])) {
      throw std::runtime_error(
          fmt::format("{}: expected {}x{} pixels as in the other images, got {}x{} (data.resize "
                      "brings images to one size)",
                      file, shape_[1], shape_[2], size.height, size.width));
    }
    return size;
  }

  ImageSize size_of_first() const {
    for (const ImageFile& file : files_) {
      try {
        const cv::Mat image = read_image(file.path);
        return {image.rows, image.cols};
      } catch (const ImageError& error) {
        corrupt_.add(error);
      }
    }
    throw std::runtime_error(
        fmt::format("{}: expected an image, all are broken", files_.at(0).path));
  }

  std::vector<ImageFile> files_;
  std::vector<int64_t> labels_;
  bool one_size_;
  int64_t workers_;
  ImageShape shape_;
  cv::dnn_gm::ImagePreparation preparation_;
  mutable CorruptImages corrupt_;
};

}  // namespace

std::shared_ptr<Dataset> image_files(std::vector<ImageFile> files, const DataOptions& options) {
  const int64_t channels = options.channels();
  if (channels != 1 && channels != 3) {
    throw std::runtime_error(fmt::format(
        "data.mean: expected 1 value for grey images or 3 for colour, got {}", channels));
  }
  return std::make_shared<ImageFiles>(std::move(files), options);
}

}  // namespace gmtrain
