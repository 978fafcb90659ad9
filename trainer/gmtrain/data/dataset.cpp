// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/dataset.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "core/images/shuffle.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/data/derived.hpp"
#include "gmtrain/data/formats.hpp"
#include "gmtrain/data/image_files.hpp"
#include "gmtrain/data/made.hpp"

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
  if (empty == found.end()) return;
  const bool only_the_first = empty == found.begin() && std::count(empty, found.end(), false) == 1;
  throw std::runtime_error(fmt::format(
      "{}: expected training images of every class, got none of {}{}", folder,
      options.all_labels[empty - found.begin()],
      only_the_first ? " (where labels begin at 1, leave out this name in data.labels)" : ""));
}

void check_not_empty(const Dataset& dataset, const std::string& folder, Split split) {
  if (dataset.size() > 0) return;
  throw std::runtime_error(fmt::format("{}: expected {} images, found none", folder,
                                       split == Split::train ? "training" : "test"));
}

void expect_size(const std::string& folder, ImageSize found, ImageSize expected) {
  if (found.height == expected.height && found.width == expected.width) return;
  throw std::runtime_error(
      fmt::format("{}: expected test images of {}x{} pixels, as the training images, got {}x{}",
                  folder, expected.height, expected.width, found.height, found.width));
}

/// Whether an outlier is made rather than read: a folder of its name goes before.
bool is_made(const DataOptions& options, const std::string& path) {
  return path != options.path && Registry<MadePicture>::has(path) &&
         !std::filesystem::is_directory(std::filesystem::path(options.root) / path);
}

/// All images of a data set, of whatever class.
std::shared_ptr<Dataset> open_all(const DataOptions& options, const std::string& path,
                                  Split split) {
  if (is_made(options, path)) {
    const auto like = open_all(options, options.path, Split::test);
    return made_pictures(Registry<MadePicture>::at(path), like->image_shape(),
                         split == Split::test ? 0 : 1);
  }
  const auto folder = options.folder(path);
  const bool foreign = path != options.path;
  auto dataset = Registry<DatasetFormat>::at(options.format)
                     .open({folder, split,
                            foreign ? std::vector<std::string>{} : options.all_labels, options});
  check_not_empty(*dataset, folder.string(), split);
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
  dataset = class_subset(std::move(dataset), options.seen);
  check_not_empty(*dataset, options.folder(path).string(), split);
  return dataset;
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

void check_test_sets(const DataOptions& options, const ImageShape& training) {
  const auto test = open_whole_images(options, options.path, Split::test);
  const auto folder = options.folder(options.path).string();
  expect_size(folder, size_of(test->image_shape()), size_of(training));
  for (const std::string& path : options.outliers) {
    if (is_made(options, path)) continue;
    expect_size(options.folder(path).string(),
                size_of(open_dataset(options, path, Split::test)->image_shape()),
                network_input(options, training));
  }
  const std::set<int64_t> tested(test->labels().begin(), test->labels().end());
  std::vector<std::string> missing;
  for (size_t k = 0; k < options.labels.size(); ++k) {
    if (tested.count(static_cast<int64_t>(k)) == 0) missing.push_back(options.labels[k]);
  }
  if (missing.empty()) return;
  log_warning(fmt::format(
      "{}: no test images of {}{}: the test error says nothing of them", folder, missing[0],
      missing.size() > 1 ? fmt::format(" and {} more classes", missing.size() - 1) : ""));
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

HeldOutSplit split_held_out(const std::vector<int64_t>& labels, int64_t held_out, int64_t seed) {
  const auto size = static_cast<int64_t>(labels.size());
  if (held_out >= size) {
    throw std::runtime_error(fmt::format(
        "data.held_out: expected fewer than the {} training images, got {}", size, held_out));
  }
  auto indices = all_indices(size);
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  shuffle(indices, random);
  std::unordered_map<int64_t, int64_t> left;  // of each class, to train on
  for (const int64_t label : labels) ++left[label];
  HeldOutSplit split;
  for (auto index = indices.rbegin(); index != indices.rend(); ++index) {
    const bool wanted = static_cast<int64_t>(split.held_out.size()) < held_out;
    int64_t& of_class = left.at(labels[*index]);
    if (wanted && of_class == 1) split.spared.push_back(labels[*index]);
    const bool taken = wanted && of_class > 1;
    if (taken) --of_class;
    (taken ? split.held_out : split.train).push_back(*index);
  }
  if (static_cast<int64_t>(split.held_out.size()) < held_out) {
    throw std::runtime_error(
        fmt::format("data.held_out: expected at most {}, which leaves an image of each class to "
                    "train on, got {}",
                    split.held_out.size(), held_out));
  }
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
