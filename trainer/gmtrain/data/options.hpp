// SPDX-License-Identifier: Apache-2.0
// The table [data] of a recipe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/recipe/recipe.hpp"

namespace gmtrain {

struct DataOptions {
  std::string format;                   ///< name of a registered DatasetFormat
  std::string root;                     ///< folder that the paths below are in
  std::string path;                     ///< of the training and test set
  std::vector<std::string> labels;      ///< names of the classes to learn; their number is K
  std::vector<double> mean, deviation;  ///< of the pixels 0..255, by channel
  int64_t held_out;                     ///< training images kept for calibration
  int64_t held_out_seed;
  std::vector<std::string> outliers;  ///< paths of data sets whose test sets are foreign

  bool mirror;      ///< of training images, as the two that follow
  int64_t padding;  ///< pixels
  int64_t crop;     ///< side of the images that the network takes; 0 is that of the whole images

  std::vector<std::string> all_labels;  ///< of the data set, those that are not learned too
  std::vector<int64_t> seen, unseen;    ///< which of all_labels are learned, and which are not

  int64_t resize;           ///< side of the images once decoded; 0 leaves them as they are
  std::string resize_mode;  ///< as cv::dnn_gm::ImagePreparation has them, with the two that follow
  std::string interpolation;  ///< where a picture is resized
  int64_t fill;               ///< around a letterboxed picture
  double test_share;          ///< of a set that comes in one part
  int64_t test_seed;          ///< chooses them
  int64_t max_corrupt;        ///< images that may be broken
  int64_t workers;            ///< threads that decode

  /// Class names that the recipe leaves out are looked up in the data set.
  /// @param data_root in place of data.root, if not empty
  /// @throws RecipeError, and std::runtime_error where a data set is needed and cannot be read
  static DataOptions read(Section section, const std::string& data_root = "");

  int64_t channels() const { return static_cast<int64_t>(mean.size()); }

  /// The folder of a data set. @throws std::runtime_error where there is none
  std::filesystem::path folder(const std::string& data_set) const;
};

}  // namespace gmtrain
