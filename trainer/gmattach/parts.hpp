// SPDX-License-Identifier: Apache-2.0
// Which pictures are for what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/images/image_folder.hpp"
#include "gmattach/options.hpp"

namespace gmattach {

/// Pictures that are of no class.
struct OutlierPictures {
  std::string name;
  std::vector<gmtrain::ImageFile> files;  ///< of label -1
};

/// Disjoint parts of a folder of classes, each in the folder's order.
struct Parts {
  std::vector<std::string> classes;        ///< names, sorted
  std::vector<gmtrain::ImageFile> fit;     ///< of each class at most Options::fit_images
  std::vector<gmtrain::ImageFile> choose;  ///< a form of the head is chosen by these
  std::vector<gmtrain::ImageFile> calibrate;
  std::vector<gmtrain::ImageFile> test;  ///< or the pictures of Options::test
  std::vector<OutlierPictures> outliers;
};

/// Of each class the share Options::held_out of its pictures, chosen by the seed, is held out from
/// the fit: half of them to calibrate, a quarter each to choose and to test; without a quarter for
/// testing where there is a folder of its own, two thirds and a third.
/// @throws std::runtime_error naming the folder that is missing, empty or of an unknown class, or
///                            a name that two folders of outliers have
Parts parts_of(const Options& options);

/// As many files as are wanted from all parts of a list, in its order; all if there are not more.
std::vector<gmtrain::ImageFile> at_even_steps(const std::vector<gmtrain::ImageFile>& files,
                                              int64_t wanted);

/// For each class of the network, which the lines of a file name in its order, the class folder
/// that is called so; -1 where there is none. Without a file the k-th folder is the k-th class.
/// @param count how many classes the network has
/// @return nothing where no file says so and the numbers differ
/// @throws std::runtime_error naming the file where it has not a line for each class, or names no
///                            folder at all
std::vector<int64_t> folders_of_classes(const std::filesystem::path& file,
                                        const std::vector<std::string>& folders, int64_t count);

}  // namespace gmattach
