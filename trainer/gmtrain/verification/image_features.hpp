// Features of sets of images.
#pragma once

#include "core/verification/features.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {

struct ImageFeatures {
  FeatureTable table;                    ///< [N,D] in the order of the set
  std::vector<int64_t> indices, labels;  ///< N, in the set's data set
};

/// Of the images as they are, by the model in evaluation mode. Those that are broken are left out.
ImageFeatures image_features(Model& model, const ImageSet& images);

}  // namespace gmtrain
