// SPDX-License-Identifier: Apache-2.0
// The residual networks of He et al. for ImageNet ("Deep Residual Learning for Image Recognition",
// Table 1): a 7x7 convolution and 3x3 max pooling, each with stride 2, four stages of bottleneck
// blocks, global average pooling. A block is 1x1, 3x3 and 1x1 convolutions with batch norm, the
// last of four times the filters; where a stage begins the first of them and the shortcut, which is
// a 1x1 convolution there (their option B), have the stride.
#include <fmt/format.h>
#include <torch/nn.h>

#include <array>
#include <map>

#include "gmtrain/networks/network.hpp"

namespace gmtrain {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr int64_t kExpansion = 4;

/// Convolution and batch norm.
nn::Sequential convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return nn::Sequential(
      nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false)),
      nn::BatchNorm2d(out));
}

class Bottleneck final : public nn::Module {
 public:
  Bottleneck(int64_t in, int64_t width, int64_t stride) {
    const int64_t out = kExpansion * width;
    reduce_ = register_module("reduce", convolution(in, width, 1, stride));
    middle_ = register_module("middle", convolution(width, width, 3, 1));
    expand_ = register_module("expand", convolution(width, out, 1, 1));
    if (in != out || stride != 1) {
      shortcut_ = register_module("shortcut", convolution(in, out, 1, stride));
    }
  }

  Tensor forward(const Tensor& x) {
    const Tensor residual = expand_->forward(middle_->forward(reduce_->forward(x).relu()).relu());
    return (residual + (shortcut_ ? shortcut_->forward(x) : x)).relu();
  }

 private:
  nn::Sequential reduce_{nullptr}, middle_{nullptr}, expand_{nullptr}, shortcut_{nullptr};
};

using Blocks = std::array<int64_t, 4>;

class ResNet final : public Network {
 public:
  ResNet(int64_t channels, const Blocks& blocks, int64_t width) {
    stem_ = register_module("stem", convolution(channels, width, 7, 2));
    int64_t in = width;
    for (size_t stage = 0; stage < blocks.size(); ++stage) {
      const int64_t filters = width << stage;
      for (int64_t block = 0; block < blocks[stage]; ++block) {
        blocks_->push_back(Bottleneck(in, filters, block == 0 && stage > 0 ? 2 : 1));
        in = kExpansion * filters;
      }
    }
    dimension_ = in;
    register_module("blocks", blocks_);
    initialise_as_he(*this, 0);
  }

  Tensor forward(Tensor images) override {
    const Tensor pooled = torch::max_pool2d(stem_->forward(images).relu(), 3, 2, 1);
    return blocks_->forward(pooled).mean({2, 3});
  }

  int64_t dimension() const override { return dimension_; }

 private:
  int64_t dimension_;
  nn::Sequential stem_{nullptr}, blocks_;
};

std::shared_ptr<Network> make_resnet(Section options, const ImageShape& input) {
  static const std::map<int64_t, Blocks> kBlocks{
      {50, {3, 4, 6, 3}}, {101, {3, 4, 23, 3}}, {152, {3, 8, 36, 3}}};
  const auto depth = options.get<int64_t>("depth", 101, "layers: 50, 101 or 152");
  const auto width = options.get<int64_t>(
      "width", 64, "filters of the first convolution; the features are 32 times as many",
      at_least(1));
  const auto blocks = kBlocks.find(depth);
  if (blocks == kBlocks.end()) {
    throw options.error("depth", fmt::format("expected 50, 101 or 152, got {}", depth));
  }
  return std::make_shared<ResNet>(input[0], blocks->second, width);
}

const Registered<NetworkFactory> registered_resnet("resnet", make_resnet);

}  // namespace
}  // namespace gmtrain
