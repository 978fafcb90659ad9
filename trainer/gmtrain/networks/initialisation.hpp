#pragma once

#include <torch/nn/module.h>

namespace gmtrain {

/// What PReLU begins with below 0 (He et al. 2015).
constexpr double kPReluSlope = 0.25;

/// He et al. 2015: weights of convolutions and fully connected layers from
/// N(0, 2 / ((1 + slope^2) fan_in)); biases 0.
/// @param slope of what follows a layer, below 0: 0 for ReLU, kPReluSlope
void initialise_as_he(torch::nn::Module& network, double slope);

}  // namespace gmtrain
