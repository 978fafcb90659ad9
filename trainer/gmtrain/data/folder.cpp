// SPDX-License-Identifier: Apache-2.0
// A folder of images for each class.
//   train/<class>/<image>, and test/... or val/...
//   <class>/<image>, of which data.test_share is the test set
#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "core/images/data_file.hpp"
#include "core/images/image_folder.hpp"
#include "gmtrain/data/formats.hpp"
#include "gmtrain/data/image_files.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

/// The folder of a split's class folders, or the set's own if it comes in one part.
fs::path split_folder(const fs::path& set, Split split) {
  const fs::path train = set / "train";
  if (!fs::is_directory(train)) return set;
  if (split == Split::train) return train;
  for (const char* name : {"test", "val"}) {
    if (fs::is_directory(set / name)) return set / name;
  }
  throw std::runtime_error(fmt::format(
      "{}: expected a folder test or val beside train, found {} (give the part "
      "to test on one of these names; data.test_share divides the folder train where it "
      "is the set's data.path)",
      set.string(), names_for_message(set)));
}

void check_parts(const fs::path& set, bool in_one_part, double test_share) {
  if (in_one_part && test_share == 0) {
    throw std::runtime_error(
        fmt::format("{}: expected folders train and test, or data.test_share to divide the images, "
                    "found {}",
                    set.string(), names_for_message(set)));
  }
  if (!in_one_part && test_share > 0) {
    throw std::runtime_error(fmt::format(
        "{}: expected data.test_share = 0, since it has a folder train (data.test_share "
        "divides that folder where it is the set's data.path)",
        set.string()));
  }
}

std::vector<ImageFile> files_of_split(const DatasetSource& source) {
  const DataOptions& options = source.options;
  const fs::path folder = split_folder(source.folder, source.split);
  const bool in_one_part = folder == source.folder, foreign = source.classes.empty();
  check_parts(source.folder, in_one_part, options.test_share);
  auto files = list_images(folder, foreign ? class_folders(folder) : source.classes,
                           in_one_part || (source.split == Split::train && !foreign));
  if (files.empty()) {
    throw std::runtime_error(fmt::format(
        "{}: expected images in the folders of the classes, found none", folder.string()));
  }
  if (!in_one_part) return files;
  auto parts = split_by_class(files, options.test_share, options.test_seed);
  return source.split == Split::train ? std::move(parts.train) : std::move(parts.test);
}

std::shared_ptr<Dataset> open_folder(const DatasetSource& source) {
  return image_files(files_of_split(source), source.options);
}

std::vector<std::string> folder_class_names(const fs::path& folder) {
  return class_folders(split_folder(folder, Split::train));
}

const Registered<DatasetFormat> registered_folder("folder", {open_folder, folder_class_names});

}  // namespace
}  // namespace gmtrain
