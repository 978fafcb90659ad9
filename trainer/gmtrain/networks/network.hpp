// SPDX-License-Identifier: Apache-2.0
// What a network is to the rest of the trainer: a module from images to features.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <array>
#include <memory>

#include "core/registry.hpp"

namespace gmtrain {

/// Channels, height, width.
using ImageShape = std::array<int64_t, 3>;

class Network : public torch::nn::Module {
 public:
  /// @param images [N,C,H,W] float32, scaled as PixelScaling does
  /// @return features [N,D]
  virtual torch::Tensor forward(torch::Tensor images) = 0;

  /// D, the width of the features.
  virtual int64_t dimension() const = 0;

  /// How the weights of convolutions lie in memory. Convolutions on the CPU are a fifth faster on
  /// channels-last weights, which their outputs follow.
  virtual at::MemoryFormat memory_format() const { return at::MemoryFormat::ChannelsLast; }
};

/// Brings the weights of convolutions into the network's memory_format().
void lay_out_weights(Network& network);

/// What PReLU begins with below 0 (He et al. 2015).
constexpr double kPReluSlope = 0.25;

/// He et al. 2015: weights of convolutions and fully connected layers from
/// N(0, 2 / ((1 + slope^2) fan_in)); biases 0.
/// @param slope of what follows a layer, below 0: 0 for ReLU, kPReluSlope
void initialise_as_he(torch::nn::Module& network, double slope);

/// (image - mean) * scale by channel, on pixels 0..255.
class PixelScaling : public torch::nn::Module {
 public:
  PixelScaling(const std::vector<double>& mean, const std::vector<double>& deviation) {
    const auto channels = static_cast<int64_t>(mean.size());
    const auto by_channel = [&](const std::vector<double>& values) {
      return torch::tensor(values, torch::kFloat).reshape({1, channels, 1, 1});
    };
    mean_ = register_buffer("mean", by_channel(mean));
    scale_ = register_buffer("scale", by_channel(deviation).reciprocal());
  }

  /// @param pixels [N,C,H,W] float32 @return same shape
  torch::Tensor forward(const torch::Tensor& pixels) { return (pixels - mean_) * scale_; }

 private:
  torch::Tensor mean_, scale_;
};

/// Builds the network that the recipe's table [network] describes, initialised as He et al. do.
/// To add a network: write networks/<name>.cpp with such a function, and register it there.
using NetworkFactory = std::shared_ptr<Network> (*)(Section options, const ImageShape& input);

/// @throws RecipeError for an unknown `network.name` or a bad option
inline std::shared_ptr<Network> make_network(Section options, const ImageShape& input) {
  return Registry<NetworkFactory>::chosen(options, "name", "network that makes the features")(
      options, input);
}

}  // namespace gmtrain
