// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/files/json_text.hpp"
#include "gmtrain/data/dataset.hpp"
#include "gmtrain/data/formats.hpp"

namespace gmtrain {
namespace {

void read_augmentation(Section& section, DataOptions& options) {
  options.mirror = section.get<bool>("mirror", false,
                                     "half of the training images, at random, have left and right "
                                     "exchanged");
  options.padding = section.get<int64_t>(
      "padding", 0, "pixels of value 0 around a training image before it is cropped at random",
      at_least(0));
  options.crop = section.get<int64_t>(
      "crop", 0, "side of the images that the network takes; 0 is that of the whole images",
      at_least(0));
}

void read_decoding(Section& section, DataOptions& options) {
  options.resize = section.get<int64_t>("resize", 0,
                                        "side of the square that images are brought to; 0 leaves "
                                        "them as they are, all of one size",
                                        at_least(0));
  options.resize_mode = section.get<std::string>(
      "resize_mode", "crop_center", "how pictures are brought to the square of `resize`",
      one_of({"crop_center", "letterbox", "stretch"}));
  if (options.resize == 0 && options.resize_mode != "crop_center") {
    throw section.error("resize_mode", "expected data.resize above 0 beside it, got none");
  }
  options.interpolation = section.get<std::string>(
      "interpolation", "area", "where pictures are resized; `area` enlarges linearly",
      one_of({"area", "cubic", "lanczos4", "linear", "nearest"}));
  options.fill = section.get<int64_t>(
      "fill", 0, "pixel value around a picture that `letterbox` makes smaller", between(0, 255));
  options.test_share = section.get<double>(
      "test_share", 0, "share of each class that is the test set, if the set comes in one part",
      at_least(0) && below(1));
  options.test_seed = section.get<int64_t>("test_seed", 0, "chooses the test images", at_least(0));
  options.max_corrupt = section.get<int64_t>(
      "max_corrupt", 0, "images that may be broken; each is reported and skipped", at_least(0));
  options.workers =
      section.get<int64_t>("workers", 2, "threads that decode images ahead; 0 decodes when needed",
                           at_least(0) && at_most(256));
}

/// The index of a class that is given by its name or, if no class is called so, by its index.
int64_t find_class(const std::vector<std::string>& labels, const std::string& given) {
  const auto named = std::find(labels.begin(), labels.end(), given);
  if (named != labels.end()) return named - labels.begin();
  const bool number =
      !given.empty() && given.size() < 10 &&
      std::all_of(given.begin(), given.end(), [](char c) { return c >= '0' && c <= '9'; });
  return number ? std::stoll(given) : static_cast<int64_t>(labels.size());
}

void read_classes(Section& section, DataOptions& options) {
  options.all_labels = section.get<std::vector<std::string>>(
      "labels", {}, "names of the classes; empty takes those that the data set gives");
  const auto unseen = section.get<std::vector<std::string>>(
      "unseen_classes", {},
      "names or indices of classes that training, held-out and test set are without");
  if (options.all_labels.empty()) {
    options.all_labels =
        Registry<DatasetFormat>::at(options.format).class_names(options.folder(options.path));
  }
  if (options.all_labels.empty()) {
    throw section.error("labels", "expected at least one name, got none");
  }
  std::set<std::string> names;
  for (const std::string& label : options.all_labels) {
    if (label.empty() || label.find_first_of("\r\n") != std::string::npos || !is_utf8(label)) {
      throw section.error("labels", fmt::format("expected names of one line each, in UTF-8, got {}",
                                                in_quotes(label)));
    }
    if (!names.insert(label).second) {
      throw section.error(
          "labels", fmt::format("expected a name for each class, got {} twice", in_quotes(label)));
    }
  }
  const auto classes = static_cast<int64_t>(options.all_labels.size());
  std::vector<bool> is_unseen(options.all_labels.size());
  for (const std::string& given : unseen) {
    const int64_t index = find_class(options.all_labels, given);
    if (index >= classes) {
      throw section.error("unseen_classes",
                          fmt::format("expected names of classes, or indices below {}, got \"{}\"",
                                      classes, given));
    }
    is_unseen[index] = true;
  }
  for (int64_t k = 0; k < classes; ++k) (is_unseen[k] ? options.unseen : options.seen).push_back(k);
  if (options.seen.empty()) {
    throw section.error("unseen_classes", "expected a class to be left for training, got all");
  }
  for (const int64_t k : options.seen) options.labels.push_back(options.all_labels[k]);
}

/// Results know the sets by set_name(): in tables of values with commas between, and in JSON
/// pointers, which ~ escapes.
void read_outliers(Section& section, DataOptions& options) {
  options.outliers = section.get<std::vector<std::string>>(
      "outliers", {},
      "data sets of the same format whose test images are foreign to all classes, or `uniform` "
      "and `constant`, which are made");
  std::set<std::string> names{"clean", ""};
  for (const std::string& path : options.outliers) {
    const std::string name = set_name(path);
    if (name.find_first_of(",\"\n~") != std::string::npos || !names.insert(name).second) {
      throw section.error(
          "outliers",
          fmt::format("expected folders with names of their own, without commas and ~, got \"{}\"",
                      path));
    }
  }
}

}  // namespace

DataOptions DataOptions::read(Section section, const std::string& data_root) {
  DataOptions options;
  options.format = section.require<std::string>("format", "form of the files",
                                                one_of(Registry<DatasetFormat>::names()));
  options.root = section.get<std::string>("root", "build/data", "folder that the data sets are in");
  if (!data_root.empty()) options.root = data_root;
  options.path = section.require<std::string>("path", "data set, a folder in `root`");
  read_classes(section, options);
  options.mean = section.get<std::vector<double>>(
      "mean", {0}, "of the pixels 0..255, by channel: grey, or blue, green, red");
  options.deviation = section.get<std::vector<double>>(
      "deviation", {255}, "what pixels are divided by, by channel", above(0));
  options.held_out = section.get<int64_t>("held_out", 5000,
                                          "training images kept for calibration only", at_least(1));
  options.held_out_seed =
      section.get<int64_t>("held_out_seed", 0, "chooses the held-out images", at_least(0));
  read_outliers(section, options);
  read_augmentation(section, options);
  read_decoding(section, options);
  if (options.mean.size() != options.deviation.size()) {
    throw section.error("deviation",
                        fmt::format("expected as many values as data.mean has, {}, got {}",
                                    options.mean.size(), options.deviation.size()));
  }
  return options;
}

std::filesystem::path DataOptions::folder(const std::string& data_set) const {
  auto found = std::filesystem::path(root) / data_set;
  if (!std::filesystem::is_directory(found)) {
    throw std::runtime_error(fmt::format(
        "no data set in {} (data.root says where data sets are; the targets data, data-orl and "
        "data-cifar10-jpeg fetch some)",
        found.string()));
  }
  return found;
}

}  // namespace gmtrain
