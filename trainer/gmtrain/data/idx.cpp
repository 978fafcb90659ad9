// MNIST's file format: four uncompressed IDX files in a folder, held in memory.
#include "core/images/idx.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "gmtrain/data/formats.hpp"
#include "gmtrain/data/in_memory.hpp"

namespace gmtrain {
namespace {

std::shared_ptr<Dataset> open_idx(const DatasetSource& source) {
  const std::string start =
      (source.folder / (source.split == Split::train ? "train" : "t10k")).string();
  const std::string labels_file = start + "-labels-idx1-ubyte";
  auto images = read_idx_images(start + "-images-idx3-ubyte");
  const auto labels = read_idx_labels(labels_file);
  if (static_cast<int64_t>(labels.size()) != images.count) {
    throw std::runtime_error(fmt::format("{}: expected {} labels, one for each image, got {}",
                                         labels_file, images.count, labels.size()));
  }
  return in_memory(std::move(images.pixels), {1, images.height, images.width},
                   checked_labels(labels, source, labels_file));
}

std::vector<std::string> no_class_names(const std::filesystem::path& /*folder*/) {
  return {};
}

}  // namespace

const DatasetFormat kIdxFormat{open_idx, no_class_names};

}  // namespace gmtrain
