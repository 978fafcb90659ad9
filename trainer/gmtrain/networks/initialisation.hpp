#pragma once

#include <torch/nn/module.h>

namespace gmtrain {

/// He et al. 2015: weights of convolutions and fully connected layers from
/// N(0, 2 / ((1 + slope^2) fan_in)); biases 0.
/// @param slope of what follows a layer, below 0: 0 for ReLU; PReLU begins with 0.25
void initialise_as_he(torch::nn::Module& network, double slope);

}  // namespace gmtrain
