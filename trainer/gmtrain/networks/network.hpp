// What a network is to the rest of the trainer: a module from images to features.
#pragma once

#include <torch/nn/module.h>

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
