// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/networks/network.hpp"

#include <torch/nn.h>

namespace gmtrain {

void lay_out_weights(Network& network) {
  for (torch::Tensor& weight : network.parameters()) {
    if (weight.dim() == 4) weight.set_data(weight.contiguous(network.memory_format()));
  }
}

void initialise_as_he(torch::nn::Module& network, double slope) {
  const auto initialise = [&](auto& layer) {
    torch::nn::init::kaiming_normal_(layer.weight, slope, torch::kFanIn, torch::kLeakyReLU);
    if (layer.bias.defined()) torch::nn::init::zeros_(layer.bias);
  };
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* convolution = module->as<torch::nn::Conv2d>()) initialise(*convolution);
    if (auto* linear = module->as<torch::nn::Linear>()) initialise(*linear);
  }
}

}  // namespace gmtrain
