// SPDX-License-Identifier: Apache-2.0
// MNIST's file format: four uncompressed IDX files in a folder, held in memory.
#include "core/images/idx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/logging/log.hpp"
#include "gmtrain/data/formats.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

constexpr const char *kLabels = "-labels-idx1-ubyte", *kImages = "-images-idx3-ubyte";

/// Whether the labels of a set, both of its parts together, run from 1 to the number of its
/// classes, as EMNIST's do.
bool labels_begin_at_one(const DatasetSource& source) {
  uint8_t last = 0;
  for (const char* part : {"train", "t10k"}) {
    const fs::path file = source.folder / (std::string(part) + kLabels);
    if (!fs::exists(file)) continue;
    for (const uint8_t label : read_idx_labels(file)) {
      if (label == 0) return false;
      last = std::max(last, label);
    }
  }
  return last > 0 && last == source.classes.size();
}

void say_once_that_labels_begin_at_one(const DatasetSource& source) {
  static std::set<fs::path> said;
  if (!said.insert(source.folder).second) return;
  log_info(fmt::format("{}: labels 1 to {} are taken as the {} classes in the order of data.labels",
                       source.folder.string(), source.classes.size(), source.classes.size()));
}

std::shared_ptr<Dataset> open_idx(const DatasetSource& source) {
  const std::string start =
      (source.folder / (source.split == Split::train ? "train" : "t10k")).string();
  const std::string labels_file = start + kLabels;
  auto images = read_idx_images(start + kImages);
  auto labels = read_idx_labels(labels_file);
  if (labels_begin_at_one(source)) {
    say_once_that_labels_begin_at_one(source);
    for (uint8_t& label : labels) --label;
  }
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

const Registered<DatasetFormat> registered_idx("idx", {open_idx, no_class_names});

}  // namespace
}  // namespace gmtrain
