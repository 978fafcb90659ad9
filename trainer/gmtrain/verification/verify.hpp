// SPDX-License-Identifier: Apache-2.0
// Measures how well a trained run's features tell whether two images are of one identity, and on
// which pairs.
#pragma once

#include <nlohmann/json.hpp>

#include "gmtrain/evaluation/image_set.hpp"
#include "gmtrain/run.hpp"
#include "gmtrain/verification/options.hpp"

namespace gmtrain {

struct TestedPairs {
  ImageSet images;               ///< those that pairs are made of
  std::vector<ImagePair> pairs;  ///< by the number of their images in the data set
  nlohmann::ordered_json facts;  ///< where they come from, as verification.json tells it
};

/// The pairs that a file lists, or some drawn of the classes that training did not see. Images are
/// read as the recipe's table [data] says, and cropped to what the network takes.
/// @throws std::runtime_error where there are no pairs to test, a file or folder is missing or
///                            broken, or images are not of the size of the training images;
///                            std::invalid_argument where too few images are to be had
TestedPairs tested_pairs(const VerificationOptions& options, const DataOptions& data);

/// The figures of verification.json; doc/verification.md explains each. Scores are fitted to the
/// images that the run was trained on.
/// @throws std::runtime_error as tested_pairs(); std::invalid_argument as cross_validate(), where
///                            too many images are broken
nlohmann::ordered_json verify(TrainedRun& run);

}  // namespace gmtrain
