// SPDX-License-Identifier: Apache-2.0
// The residual networks of He et al. for small images ("Deep Residual Learning for Image
// Recognition", Sect. 4.2): 6n+2 layers, three stages of n blocks with 16, 32 and 64 filters,
// global average pooling. Shortcuts have no parameters: where a stage begins they take every other
// pixel and fill up the channels with zeros (their option A).
#include <fmt/format.h>
#include <torch/nn.h>

#include "gmtrain/networks/network.hpp"

namespace gmtrain {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

nn::Conv2d convolution(int64_t in, int64_t out, int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
}

class Block final : public nn::Module {
 public:
  Block(int64_t in, int64_t out, int64_t stride) : stride_(stride), more_channels_(out - in) {
    first_ = register_module("first", convolution(in, out, stride));
    first_norm_ = register_module("first_norm", nn::BatchNorm2d(out));
    second_ = register_module("second", convolution(out, out, 1));
    second_norm_ = register_module("second_norm", nn::BatchNorm2d(out));
  }

  Tensor forward(const Tensor& x) {
    const Tensor residual = second_norm_(second_(first_norm_(first_(x)).relu()));
    return (residual + shortcut(x)).relu();
  }

 private:
  Tensor shortcut(const Tensor& x) const {
    if (stride_ == 1 && more_channels_ == 0) return x;
    const Tensor fewer = x.slice(2, 0, c10::nullopt, stride_).slice(3, 0, c10::nullopt, stride_);
    const int64_t before = more_channels_ / 2;
    return torch::constant_pad_nd(fewer, {0, 0, 0, 0, before, more_channels_ - before});
  }

  int64_t stride_, more_channels_;
  nn::Conv2d first_{nullptr}, second_{nullptr};
  nn::BatchNorm2d first_norm_{nullptr}, second_norm_{nullptr};
};

class ResNetCifar final : public Network {
 public:
  ResNetCifar(int64_t channels, int64_t depth) {
    stem_ = register_module("stem", convolution(channels, 16, 1));
    stem_norm_ = register_module("stem_norm", nn::BatchNorm2d(16));
    int64_t in = 16;
    for (const int64_t out : {16, 32, 64}) {
      for (int64_t i = 0; i < (depth - 2) / 6; ++i) {
        blocks_->push_back(Block(in, out, i == 0 && out != in ? 2 : 1));
        in = out;
      }
    }
    register_module("blocks", blocks_);
    initialise_as_he(*this, 0);
  }

  Tensor forward(Tensor images) override {
    return blocks_->forward(stem_norm_(stem_(images)).relu()).mean({2, 3});
  }

  int64_t dimension() const override { return 64; }

 private:
  nn::Conv2d stem_{nullptr};
  nn::BatchNorm2d stem_norm_{nullptr};
  nn::Sequential blocks_;
};

std::shared_ptr<Network> make_resnet_cifar(Section options, const ImageShape& input) {
  const auto depth =
      options.get<int64_t>("depth", 20, "layers, 6n+2: 20, 56, 110 in the paper", at_least(8));
  if (depth % 6 != 2) {
    throw options.error("depth", fmt::format("expected 6n+2, as 20, 56 or 110, got {}", depth));
  }
  return std::make_shared<ResNetCifar>(input[0], depth);
}

const Registered<NetworkFactory> registered_resnet_cifar("resnet_cifar", make_resnet_cifar);

}  // namespace
}  // namespace gmtrain
