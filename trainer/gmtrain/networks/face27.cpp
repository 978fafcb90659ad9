// SPDX-License-Identifier: Apache-2.0
// The face network of the paper (Sect. 4.2): residual, 27 convolutions with a PReLU after each, no
// batch norm, no dropout, 512 features of 120x120 images.
//
// The paper says no more of it. The rest is the network of Wen et al. (center loss, ECCV 2016) of
// the same count, as they published it: 3x3 convolutions; two in front, then one more where each of
// the later stages begins, all of these without padding (but of maps so small that nothing would be
// left); 2x2 max pooling, which rounds sizes up,
// before each stage; 1, 2, 5 and 3 residual units of 64, 128, 256 and 512 filters, of two padded
// convolutions each, whose sum with the shortcut has no activation; one fully connected layer.
//
// Neither says how to begin without batch norm. Here: as He et al., but the last convolution of
// each of the n units n^-1/2 times as large. A unit then multiplies the mean square of what goes
// through by 1 + 1/n, and all units together by less than e, where it would be 2^n.
#include <torch/nn.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gmtrain/networks/network.hpp"

namespace gmtrain {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr std::array<int64_t, 4> kUnits{1, 2, 5, 3};

/// Adds a 3x3 convolution and its PReLU.
void add_convolution(nn::Sequential& layers, int64_t in, int64_t out, int64_t padding) {
  layers->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(padding)));
  layers->push_back(nn::PReLU(nn::PReLUOptions().num_parameters(out).init(kPReluSlope)));
}

class Unit final : public nn::Module {
 public:
  explicit Unit(int64_t filters) {
    add_convolution(residual_, filters, filters, 1);
    add_convolution(residual_, filters, filters, 1);
    register_module("residual", residual_);
  }

  Tensor forward(const Tensor& x) { return x + residual_->forward(x); }

  void scale_residual(double factor) {
    torch::NoGradGuard no_grad;
    residual_->ptr<nn::Conv2dImpl>(2)->weight.mul_(factor);
  }

 private:
  nn::Sequential residual_;
};

class Face27 final : public Network {
 public:
  Face27(const ImageShape& input, const std::vector<int64_t>& widths, int64_t dimension)
      : dimension_(dimension) {
    int64_t channels = input[0], height = input[1], width = input[2];
    const auto convolve = [&](int64_t filters) {
      const int64_t padding = std::min(height, width) > 2 ? 0 : 1;
      add_convolution(body_, channels, filters, padding);
      channels = filters;
      height -= 2 - 2 * padding;
      width -= 2 - 2 * padding;
    };
    std::vector<std::shared_ptr<Unit>> units;
    convolve(std::max<int64_t>(1, widths[0] / 2));
    for (size_t stage = 0; stage < widths.size(); ++stage) {
      convolve(widths[stage]);
      body_->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).ceil_mode(true)));
      height = (height + 1) / 2;
      width = (width + 1) / 2;
      for (int64_t i = 0; i < kUnits[stage]; ++i) {
        units.push_back(std::make_shared<Unit>(channels));
        body_->push_back(units.back());
      }
    }
    embedding_ = nn::Linear(channels * height * width, dimension);
    register_module("body", body_);
    register_module("embedding", embedding_);
    initialise_as_he(*this, kPReluSlope);
    for (const auto& unit : units)
      unit->scale_residual(1 / std::sqrt(static_cast<double>(units.size())));
  }

  Tensor forward(Tensor images) override { return embedding_(body_->forward(images).flatten(1)); }

  int64_t dimension() const override { return dimension_; }

 private:
  int64_t dimension_;
  nn::Sequential body_;
  nn::Linear embedding_{nullptr};
};

std::shared_ptr<Network> make_face27(Section options, const ImageShape& input) {
  const auto widths = options.get<std::vector<int64_t>>("widths", {64, 128, 256, 512},
                                                        "filters of each stage", at_least(1));
  if (widths.size() != kUnits.size()) throw options.error("widths", "expected four numbers");
  const auto dimension =
      options.get<int64_t>("features", 512, "width D of the features", at_least(1));
  return std::make_shared<Face27>(input, widths, dimension);
}

const Registered<NetworkFactory> registered_face27("face27", make_face27);

}  // namespace
}  // namespace gmtrain
