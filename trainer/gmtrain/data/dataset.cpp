#include "gmtrain/data/dataset.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <random>
#include <stdexcept>

#include "gmtrain/data/windows.hpp"
#include "gmtrain/registry.hpp"

namespace gmtrain {
namespace {

const Registry<DatasetFactory>& formats() {
  static const Registry<DatasetFactory> registry{{"idx", open_idx}};
  return registry;
}

}  // namespace

DataOptions DataOptions::read(Section section) {
  DataOptions options;
  formats().choose(section, "format", "form of the files");
  options.format = section.require<std::string>("format", "form of the files");
  options.root = section.get<std::string>("root", "build/data", "folder that the data sets are in");
  options.path = section.require<std::string>("path", "data set, a folder in `root`");
  options.labels = section.require<std::vector<std::string>>("labels", "names of the classes");
  options.mean = section.get<std::vector<double>>("mean", {0}, "of the pixels 0..255, by channel");
  options.deviation = section.get<std::vector<double>>(
      "deviation", {255}, "what pixels are divided by, by channel", above(0));
  options.held_out = section.get<int64_t>("held_out", 5000,
                                          "training images kept for calibration only", at_least(1));
  options.held_out_seed =
      section.get<int64_t>("held_out_seed", 0, "chooses the held-out images", at_least(0));
  options.outliers = section.get<std::vector<std::string>>(
      "outliers", {}, "data sets of the same format whose test images are foreign to all classes");
  options.mirror = section.get<bool>("mirror", false, "half of the training images, at random");
  options.padding = section.get<int64_t>(
      "padding", 0, "pixels of value 0 around a training image before it is cropped at random",
      at_least(0));
  options.crop = section.get<int64_t>(
      "crop", 0, "side of the images that the network takes; 0 is that of the whole images",
      at_least(0));
  if (options.labels.empty()) throw section.error("labels", "expected at least one name, got none");
  for (const std::string& label : options.labels) {
    if (label.empty() || label.find('\n') != std::string::npos) {
      throw section.error("labels",
                          fmt::format("expected names of one line each, got \"{}\"", label));
    }
  }
  if (options.mean.size() != options.deviation.size()) {
    throw section.error("deviation",
                        fmt::format("expected as many values as data.mean has, {}, got {}",
                                    options.mean.size(), options.deviation.size()));
  }
  return options;
}

std::shared_ptr<Dataset> open_whole_images(const DataOptions& options, const std::string& path,
                                           Split split) {
  const auto folder = std::filesystem::path(options.root) / path;
  if (!std::filesystem::is_directory(folder)) {
    throw std::runtime_error(fmt::format(
        "no data set in {} (data.root says where data sets are; `make data` fetches them)",
        folder.string()));
  }
  // The labels of a foreign set mean nothing here: any byte will do.
  const int64_t classes = path == options.path ? static_cast<int64_t>(options.labels.size()) : 256;
  auto dataset = formats().at(options.format)(folder.string(), split, classes);
  const int64_t channels = dataset->image_shape()[0];
  if (channels != static_cast<int64_t>(options.mean.size())) {
    throw std::runtime_error(fmt::format("{}: images have {} channels, data.mean has {} values",
                                         folder.string(), channels, options.mean.size()));
  }
  const auto [height, width] = size_of(dataset->image_shape());
  if (options.crop > std::min(height, width)) {
    throw std::runtime_error(
        fmt::format("{}: expected images of at least data.crop = {}, got {}x{}", folder.string(),
                    options.crop, height, width));
  }
  return dataset;
}

std::shared_ptr<Dataset> open_dataset(const DataOptions& options, const std::string& path,
                                      Split split) {
  auto whole = open_whole_images(options, path, split);
  const auto size = network_input(options, whole->image_shape());
  return centre_cropped(std::move(whole), size);
}

ImageSize network_input(const DataOptions& options, const ImageShape& shape) {
  return options.crop == 0 ? size_of(shape) : ImageSize{options.crop, options.crop};
}

std::string set_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
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
  // Written out, since std::shuffle differs between standard libraries.
  for (int64_t i = size - 1; i > 0; --i) {
    std::swap(indices[i], indices[random() % static_cast<uint64_t>(i + 1)]);
  }
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
