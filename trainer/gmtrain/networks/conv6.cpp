// SPDX-License-Identifier: Apache-2.0
// The paper's network for MNIST (Sect. 4.1): six convolutions, then a fully connected layer to the
// features. The rest, on which it is silent, is ours: 3x3, in three pairs, with batch norm and
// PReLU after each and 2x2 max pooling after each pair.
#include <torch/nn.h>

#include "gmtrain/networks/network.hpp"

namespace gmtrain {
namespace {

class Conv6 final : public Network {
 public:
  Conv6(const ImageShape& input, const std::vector<int64_t>& widths, int64_t dimension,
        bool relu_features)
      : dimension_(dimension), relu_features_(relu_features) {
    int64_t channels = input[0], height = input[1], width = input[2];
    for (const int64_t filters : widths) {
      for (int repeat = 0; repeat < 2; ++repeat) {
        body_->push_back(torch::nn::Conv2d(
            torch::nn::Conv2dOptions(channels, filters, 3).padding(1).bias(false)));
        body_->push_back(torch::nn::BatchNorm2d(filters));
        body_->push_back(
            torch::nn::PReLU(torch::nn::PReLUOptions().num_parameters(filters).init(kPReluSlope)));
        channels = filters;
      }
      body_->push_back(torch::nn::MaxPool2d(2));
      height /= 2;
      width /= 2;
    }
    TORCH_CHECK(height > 0 && width > 0, "network conv6: images of ", input[1], "x", input[2],
                " are too small for ", widths.size(), " poolings");
    embedding_ = torch::nn::Linear(channels * height * width, dimension);
    register_module("body", body_);
    register_module("embedding", embedding_);
    initialise_as_he(*this, kPReluSlope);
  }

  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor features = embedding_(body_->forward(images).flatten(1));
    return relu_features_ ? features.relu() : features;
  }

  int64_t dimension() const override { return dimension_; }

 private:
  int64_t dimension_;
  bool relu_features_;
  torch::nn::Sequential body_;
  torch::nn::Linear embedding_{nullptr};
};

std::shared_ptr<Network> make_conv6(Section options, const ImageShape& input) {
  const auto widths = options.get<std::vector<int64_t>>(
      "widths", {32, 64, 128}, "filters of each pair of convolutions", at_least(1));
  const auto dimension =
      options.get<int64_t>("features", 100, "width D of the features", at_least(1));
  const bool relu = options.get<bool>("relu_features", true,
                                      "ReLU on the features, as the paper's 100-D network");
  return std::make_shared<Conv6>(input, widths, dimension, relu);
}

const Registered<NetworkFactory> registered_conv6("conv6", make_conv6);

}  // namespace
}  // namespace gmtrain
