// SPDX-License-Identifier: Apache-2.0
// Classification by ten crops of each image together, as Table 4 of the paper compares it with one.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {

/// Logarithms of posteriors, [N,K] float64 on the CPU.
struct CropPosteriors {
  torch::Tensor one;  ///< of the middle crop, what evaluation classifies by otherwise
  torch::Tensor ten;  ///< of the mean over the ten crops: middle, corners and their mirror images
};

/// @param model in evaluation mode
/// @param images [N,C,H,W] uint8, whole
/// @param crop the size that the network takes, at most HxW
CropPosteriors crop_posteriors(Model& model, const torch::Tensor& images, ImageSize crop);

/// `one_crop` and `ten_crop` of evaluation.json: errors in percent, and the number of images.
/// @param whole images before they are cropped
/// @param middle is given the middle crops of each batch: nobody need decode the images again
/// @throws std::runtime_error naming the image where a posterior is NaN
nlohmann::ordered_json crop_figures(Model& model, const ImageSet& whole, ImageSize crop,
                                    const std::function<void(const Batch&)>& middle = {});

}  // namespace gmtrain
