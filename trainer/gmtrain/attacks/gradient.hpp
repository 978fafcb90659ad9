#pragma once

#include <functional>

#include "gmtrain/model.hpp"

namespace gmtrain {

/// What an attack makes as large as it can, of each image: float64 features [N,D] -> [N],
/// differentiable.
using Objective = std::function<torch::Tensor(const torch::Tensor& features)>;

/// Features of a batch, and the gradient of an objective by its pixels.
struct ImageGradient {
  torch::Tensor features;  ///< [N,D] float64, without graph
  torch::Tensor gradient;  ///< like the images, float32; each image's has a size of its own
};

/// Each image's gradient is right up to a positive factor.
///
/// A confident classifier's loss gradient is smaller than float32 can hold (1 - p is below 1e-38),
/// and even its sign would be lost. Since the scale of an image's objective does not change the
/// direction, the objective is differentiated by the features in float64 and each row brought to
/// size 1 before it goes back through the network.
/// @param images [N,C,H,W] float32
ImageGradient image_gradient(Model& model, const torch::Tensor& images, const Objective& objective);

}  // namespace gmtrain
