// SPDX-License-Identifier: Apache-2.0
// The VGG-like network of Liu et al. (large-margin softmax, ICML 2016) for CIFAR-100, as the paper
// uses it: 13 convolutions of 3x3 with batch norm, one and then three times four of them with max
// pooling between, and global average pooling in place of the fully connected layer.
#include <torch/nn.h>

#include "gmtrain/networks/network.hpp"

namespace gmtrain {
namespace {

namespace nn = torch::nn;

class Vgg13 final : public Network {
 public:
  Vgg13(int64_t channels, const std::vector<int64_t>& widths) : dimension_(widths.back()) {
    int64_t in = channels;
    const auto add = [&](int64_t out) {
      body_->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1).bias(false)));
      body_->push_back(nn::BatchNorm2d(out));
      body_->push_back(nn::ReLU());
      in = out;
    };
    add(widths.front());
    for (size_t stage = 0; stage < widths.size(); ++stage) {
      if (stage > 0) body_->push_back(nn::MaxPool2d(2));
      for (int repeat = 0; repeat < 4; ++repeat) add(widths[stage]);
    }
    register_module("body", body_);
    initialise_as_he(*this, 0);
  }

  torch::Tensor forward(torch::Tensor images) override {
    return body_->forward(images).mean({2, 3});
  }

  int64_t dimension() const override { return dimension_; }

 private:
  int64_t dimension_;
  nn::Sequential body_;
};

std::shared_ptr<Network> make_vgg13(Section options, const ImageShape& input) {
  const auto widths = options.get<std::vector<int64_t>>("widths", {96, 192, 384},
                                                        "filters of each stage", at_least(1));
  if (widths.empty()) throw options.error("widths", "expected at least one stage, got none");
  return std::make_shared<Vgg13>(input[0], widths);
}

const Registered<NetworkFactory> registered_vgg13("vgg13", make_vgg13);

}  // namespace
}  // namespace gmtrain
