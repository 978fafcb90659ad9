#include "gmtrain/data/image_files.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/images/decode.hpp"
#include "core/images/read_image.hpp"
#include "core/logging/log.hpp"

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
        channels_(options.channels()),
        side_(options.resize),
        workers_(options.workers),
        corrupt_(options.max_corrupt) {
    for (const ImageFile& file : files_) labels_.push_back(file.label);
    size_ = side_ > 0 ? ImageSize{side_, side_} : size_of_first();
  }

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return {channels_, size_.height, size_.width}; }
  int64_t workers() const override { return workers_; }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    Batch batch;
    const auto count = static_cast<int64_t>(indices.size());
    batch.images = torch::empty({count, channels_, size_.height, size_.width}, torch::kByte);
    auto* out = batch.images.data_ptr<uint8_t>();
    std::vector<int64_t> labels;
    for (const int64_t index : indices) {
      try {
        const auto image = decode(files_.at(index).path);
        out = std::copy(image.pixels.begin(), image.pixels.end(), out);
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
  DecodedImage decode(const std::string& file) const {
    auto image = decode_image(file, channels_, side_);
    const auto [height, width] = image.size;
    if (height != size_.height || width != size_.width) {
      throw std::runtime_error(
          fmt::format("{}: expected {}x{} pixels as in the other images, got {}x{} (data.resize "
                      "brings images to one size)",
                      file, size_.height, size_.width, height, width));
    }
    return image;
  }

  ImageSize size_of_first() const {
    for (const ImageFile& file : files_) {
      try {
        return decode_image(file.path, channels_, 0).size;
      } catch (const ImageError& error) {
        corrupt_.add(error);
      }
    }
    throw std::runtime_error(
        fmt::format("{}: expected an image, all are broken", files_.at(0).path));
  }

  std::vector<ImageFile> files_;
  std::vector<int64_t> labels_;
  int64_t channels_, side_, workers_;
  ImageSize size_;
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
