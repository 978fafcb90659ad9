#pragma once

#include <torch/nn/module.h>

namespace gmtrain {

/// He et al. 2015: weights of convolutions and fully connected layers from
/// N(0, 2 / ((1 + a^2) fan_in)), a = 0.25 being PReLU's first slope; biases 0.
void initialise_as_he(torch::nn::Module& network);

}  // namespace gmtrain
