// SPDX-License-Identifier: Apache-2.0
// CIFAR-10 and CIFAR-100 as published in binary form, held in memory (180 MB).
#include "core/images/cifar.hpp"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "core/files/input_file.hpp"
#include "gmtrain/data/formats.hpp"

namespace gmtrain {
namespace {

bool is_cifar_100(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / "train.bin") ||
         std::filesystem::exists(folder / "test.bin");
}

std::vector<std::string> files_of(const DatasetSource& source) {
  const bool train = source.split == Split::train;
  if (is_cifar_100(source.folder)) return {train ? "train.bin" : "test.bin"};
  if (!train) return {"test_batch.bin"};
  std::vector<std::string> files;
  for (int i = 1; i <= 5; ++i) files.push_back(fmt::format("data_batch_{}.bin", i));
  return files;
}

std::shared_ptr<Dataset> open_cifar(const DatasetSource& source) {
  CifarImages images;
  std::vector<int64_t> labels;
  for (const std::string& name : files_of(source)) {
    const auto file = source.folder / name;
    images.labels.clear();
    read_cifar(file, is_cifar_100(source.folder) ? 2 : 1, images);
    const auto checked = checked_labels(images.labels, source, file.string());
    labels.insert(labels.end(), checked.begin(), checked.end());
  }
  return in_memory(std::move(images.pixels), {3, kCifarSide, kCifarSide}, std::move(labels));
}

/// The lines of the file of class names that comes with the images.
std::vector<std::string> cifar_class_names(const std::filesystem::path& folder) {
  const auto file = folder / (is_cifar_100(folder) ? "fine_label_names.txt" : "batches.meta.txt");
  std::vector<std::string> names;
  if (!std::filesystem::exists(file)) return names;
  std::istringstream in(read_file(file));
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

const Registered<DatasetFormat> registered_cifar("cifar", {open_cifar, cifar_class_names});

}  // namespace
}  // namespace gmtrain
