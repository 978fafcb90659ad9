#include "gmtrain/data/dataset.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <random>
#include <stdexcept>

#include "core/images/shuffle.hpp"
#include "gmtrain/data/class_subset.hpp"
#include "gmtrain/data/formats.hpp"
#include "gmtrain/data/image_files.hpp"
#include "gmtrain/data/windows.hpp"

namespace gmtrain {
namespace {

void check_shape(const DataOptions& options, const std::string& folder, const ImageShape& shape) {
  if (shape[0] != options.channels()) {
    throw std::runtime_error(fmt::format("{}: images have {} channels, data.mean has {} values",
                                         folder, shape[0], options.channels()));
  }
  const auto [height, width] = size_of(shape);
  if (options.crop > std::min(height, width)) {
    throw std::runtime_error(
        fmt::format("{}: expected images of at least data.crop = {}, got {}x{}", folder,
                    options.crop, height, width));
  }
}

void check_every_class_has_images(const Dataset& dataset, const DataOptions& options,
                                  const std::string& folder) {
  std::vector<bool> found(options.all_labels.size());
  for (const int64_t label : dataset.labels()) found[label] = true;
  const auto empty = std::find(found.begin(), found.end(), false);
  if (empty != found.end()) {
    throw std::runtime_error(
        fmt::format("{}: expected training images of every class, got none of {}", folder,
                    options.all_labels[empty - found.begin()]));
  }
}

/// All images of a data set, of whatever class.
std::shared_ptr<Dataset> open_all(const DataOptions& options, const std::string& path,
                                  Split split) {
  const auto folder = options.folder(path);
  const bool foreign = path != options.path;
  auto dataset = dataset_formats()
                     .at(options.format)
                     .open({folder, split,
                            foreign ? std::vector<std::string>{} : options.all_labels, options});
  check_shape(options, folder.string(), dataset->image_shape());
  if (!foreign && split == Split::train) {
    check_every_class_has_images(*dataset, options, folder.string());
  }
  return dataset;
}

std::shared_ptr<Dataset> as_network_takes(const DataOptions& options,
                                          std::shared_ptr<Dataset> whole) {
  const auto size = network_input(options, whole->image_shape());
  return centre_cropped(std::move(whole), size);
}

}  // namespace

std::shared_ptr<Dataset> open_whole_images(const DataOptions& options, const std::string& path,
                                           Split split) {
  auto dataset = open_all(options, path, split);
  if (path != options.path || options.unseen.empty()) return dataset;
  return class_subset(std::move(dataset), options.seen);
}

std::shared_ptr<Dataset> open_dataset(const DataOptions& options, const std::string& path,
                                      Split split) {
  return as_network_takes(options, open_whole_images(options, path, split));
}

std::shared_ptr<Dataset> open_unseen(const DataOptions& options, Split split) {
  if (options.unseen.empty()) {
    throw std::runtime_error("data.unseen_classes: expected a class, the recipe names none");
  }
  return as_network_takes(options,
                          class_subset(open_all(options, options.path, split), options.unseen));
}

std::shared_ptr<Dataset> open_files(const DataOptions& options, const std::string& name,
                                    std::vector<ImageFile> files) {
  auto dataset = image_files(std::move(files), options);
  const auto [height, width] = size_of(dataset->image_shape());
  const auto known = size_of(open_all(options, options.path, Split::test)->image_shape());
  if (height != known.height || width != known.width) {
    throw std::runtime_error(
        fmt::format("{}: expected images of {}x{} pixels, as those of {}, got {}x{}", name,
                    known.height, known.width, options.path, height, width));
  }
  return as_network_takes(options, std::move(dataset));
}

ImageSize network_input(const DataOptions& options, const ImageShape& shape) {
  return options.crop == 0 ? size_of(shape) : ImageSize{options.crop, options.crop};
}

std::string data_name(const std::string& path) {
  return (std::filesystem::path(path) / "").parent_path().filename().string();
}

std::string set_name(const std::string& path) {
  std::string name = data_name(path);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

HeldOutSplit split_held_out(int64_t size, int64_t held_out, int64_t seed) {
  if (held_out >= size) {
    throw std::runtime_error(fmt::format(
        "data.held_out: expected fewer than the {} training images, got {}", size, held_out));
  }
  auto indices = all_indices(size);
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  shuffle(indices, random);
  const auto middle = indices.end() - held_out;
  HeldOutSplit split{{indices.begin(), middle}, {middle, indices.end()}};
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.held_out.begin(), split.held_out.end());
  return split;
}

std::vector<int64_t> all_indices(int64_t size) {
  std::vector<int64_t> indices(size);
  std::iota(indices.begin(), indices.end(), int64_t{0});
  return indices;
}

}  // namespace gmtrain
