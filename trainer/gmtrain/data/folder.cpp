// A folder of images for each class.
//   train/<class>/<image>, and test/... or val/...
//   <class>/<image>, of which data.test_share is the test set
#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "core/images/image_folder.hpp"
#include "gmtrain/data/formats.hpp"
#include "gmtrain/data/image_files.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

/// The folder of a split's class folders, or the set's own if it comes in one part.
fs::path split_folder(const fs::path& set, Split split) {
  if (!fs::is_directory(set / "train")) return set;
  if (split == Split::train) return set / "train";
  return fs::is_directory(set / "test") ? set / "test" : set / "val";
}

std::vector<ImageFile> files_of_split(const DatasetSource& source) {
  const DataOptions& options = source.options;
  const fs::path folder = split_folder(source.folder, source.split);
  auto files = list_images(folder, source.classes.empty() ? class_folders(folder) : source.classes);
  const bool in_one_part = folder == source.folder;
  if (in_one_part == (options.test_share == 0)) {
    throw std::runtime_error(fmt::format(
        in_one_part ? "{}: expected folders train and test, or data.test_share to divide the images"
                    : "{}: expected data.test_share = 0, since it has folders train and test",
        source.folder.string()));
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

}  // namespace

const DatasetFormat kFolderFormat{open_folder, folder_class_names};

}  // namespace gmtrain
