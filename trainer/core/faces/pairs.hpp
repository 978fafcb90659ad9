// SPDX-License-Identifier: Apache-2.0
// The verification protocol of Labeled Faces in the Wild, View 2: pairs.txt.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/verification/features.hpp"

namespace gmtrain {

struct FacePairs {
  std::vector<std::filesystem::path> images;  ///< each once, in the order of their first pair
  std::vector<ImagePair> pairs;               ///< fold after fold
};

/// Reads pairs.txt. Its first line is "<folds> <n>". Then each fold has n pairs of one person,
/// "<name> <i> <j>", and n of two, "<name> <i> <other name> <j>"; columns are divided by tabs, or
/// by spaces where a line has no tabs: then names have none. Image i of a person is
/// <images>/<name>/<name>_<i, four digits>.jpg.
/// @param images the folder of the people's folders. The images need not be there
/// @param extension of the images, for sets that were converted
/// @throws std::runtime_error naming the file, the line and what was expected
FacePairs read_pairs(const std::filesystem::path& file, const std::filesystem::path& images,
                     const std::string& extension = ".jpg");

}  // namespace gmtrain
