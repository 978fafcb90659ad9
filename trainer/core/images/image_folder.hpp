// SPDX-License-Identifier: Apache-2.0
// Sets of images in a folder for each class: <class>/<image>.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gmtrain {

struct ImageFile {
  std::string path;
  int64_t label;
};

/// Names of the folders in `folder`, sorted byte by byte; those that begin with '.' are left out.
/// @throws std::runtime_error naming the folder where it cannot be read or has none, and what it
/// has; a link that leads nowhere; a name that is not one line of UTF-8
std::vector<std::string> class_folders(const std::filesystem::path& folder);

/// The image files (by their extension) of the classes, label by label and within a label sorted by
/// name byte by byte: the same order on every machine.
/// @param classes names of folders, which label 0, 1, ... stand for
/// @param of_every_class whether a class whose folder is missing or has no image is an error
/// @throws std::runtime_error naming such a class, and a folder that is no class or cannot be read
std::vector<ImageFile> list_images(const std::filesystem::path& folder,
                                   const std::vector<std::string>& classes,
                                   bool of_every_class = true);

/// Paths, relative to the folder and sorted byte by byte, of the image files in it and in the
/// folders below it. @throws std::runtime_error naming a folder that cannot be read
std::vector<std::string> find_images(const std::filesystem::path& folder);

struct ImageFileSplit {
  std::vector<ImageFile> train, test;
};

/// Takes from each class the share `test_share` of its images, rounded, at least one and not all,
/// chosen by the seed. Both parts keep the order of `files`.
/// @throws std::runtime_error naming the folder of a class with a single image
ImageFileSplit split_by_class(const std::vector<ImageFile>& files, double test_share, int64_t seed);

}  // namespace gmtrain
