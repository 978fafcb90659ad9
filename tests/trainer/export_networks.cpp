// SPDX-License-Identifier: Apache-2.0
#include "trainer/export_networks.hpp"

#include <stdexcept>

namespace gmtrain::test {
namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;

nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, bool bias = true) {
  return nn::Conv2d(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(bias));
}

nn::PReLU prelu(int64_t channels) {
  return nn::PReLU(nn::PReLUOptions().num_parameters(channels));
}

/// Every parameter and statistic away from the value that would hide its being ignored, and weights
/// large enough for the features to vary with the image well above rounding.
void randomise(nn::Module& network) {
  torch::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* layer = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(layer->weight);
    if (auto* layer = module->as<nn::Linear>()) nn::init::kaiming_normal_(layer->weight);
    if (auto* norm = module->as<nn::BatchNorm2d>()) {
      norm->weight.uniform_(0.5, 1.5);
      norm->bias.uniform_(-0.5, 0.5);
      norm->running_mean.uniform_(-0.5, 0.5);
      norm->running_var.uniform_(0.5, 2);
    }
    if (auto* norm = module->as<nn::BatchNorm1d>()) {
      norm->running_mean.uniform_(-0.5, 0.5);
      norm->running_var.uniform_(0.5, 2);
    }
    if (auto* slope = module->as<nn::PReLU>()) slope->weight.uniform_(0.05, 0.5);
  }
}

/// Pixel scaling by channel, as a model's first layer.
class ScaledNetwork : public ImageNetwork {
 protected:
  explicit ScaledNetwork(int64_t channels) {
    mean_ = register_buffer("mean", 100 + 20 * torch::rand({1, channels, 1, 1}));
    scale_ = register_buffer("scale", (50 + 20 * torch::rand({1, channels, 1, 1})).reciprocal());
  }
  torch::Tensor scaled(const torch::Tensor& images) { return (images - mean_) * scale_; }

 private:
  torch::Tensor mean_, scale_;
};

class Plain final : public ScaledNetwork {
 public:
  Plain() : ScaledNetwork(1) {
    int64_t channels = 1;
    for (const int64_t width : {8, 16}) {
      body_->push_back(conv(channels, width, 3, 1, false));
      body_->push_back(nn::BatchNorm2d(width));
      body_->push_back(prelu(width));
      body_->push_back(nn::MaxPool2d(2));
      channels = width;
    }
    body_->push_back(nn::Dropout(0.5));
    register_module("body", body_);
    embedding_ = register_module("embedding", nn::Linear(16 * 7 * 7, 100));
    randomise(*this);
  }
  torch::Tensor forward(torch::Tensor images) override {
    return torch::relu(embedding_(body_->forward(scaled(images)).flatten(1)));
  }

 private:
  nn::Sequential body_;
  nn::Linear embedding_{nullptr};
};

/// A strided block whose shortcut is a convolution, one whose shortcut has no parameters (every
/// other pixel, channels filled up with zeros), and one with batch norm first.
class Residual final : public ScaledNetwork {
 public:
  Residual() : ScaledNetwork(3) {
    stem_ = register_module("stem", conv(3, 8, 3, 1, false));
    stem_norm_ = register_module("stem_norm", nn::BatchNorm2d(8));
    first_ = register_module("first", block(8, 16, 2));
    shortcut_ =
        register_module("shortcut", nn::Sequential(conv(8, 16, 1, 2, false), nn::BatchNorm2d(16)));
    second_ = register_module("second", block(16, 24, 2));
    third_ = register_module(
        "third", nn::Sequential(nn::BatchNorm2d(24), nn::ReLU(), conv(24, 24, 3, 1, true)));
    randomise(*this);
  }
  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = torch::relu(stem_norm_(stem_(scaled(images))));
    x = torch::relu(first_->forward(x) + shortcut_->forward(x));
    using torch::indexing::None;
    using torch::indexing::Slice;
    torch::Tensor skipped = x.index({Slice(), Slice(), Slice(None, None, 2), Slice(None, None, 2)});
    x = (second_->forward(x) + F::pad(skipped, F::PadFuncOptions({0, 0, 0, 0, 4, 4}))).relu_();
    x += third_->forward(x);
    return F::adaptive_avg_pool2d(x, F::AdaptiveAvgPool2dFuncOptions(1)).flatten(1);
  }

 private:
  static nn::Sequential block(int64_t in, int64_t out, int64_t stride) {
    return nn::Sequential(conv(in, out, 3, stride, false), nn::BatchNorm2d(out), nn::ReLU(),
                          conv(out, out, 3, 1, false), nn::BatchNorm2d(out));
  }
  nn::Conv2d stem_{nullptr};
  nn::BatchNorm2d stem_norm_{nullptr};
  nn::Sequential first_{nullptr}, shortcut_{nullptr}, second_{nullptr}, third_{nullptr};
};

/// PReLU without batch norm, residual, as for faces; the mean over height and width by hand.
class PReluResidual final : public ScaledNetwork {
 public:
  PReluResidual() : ScaledNetwork(3) {
    stem_ = register_module("stem", nn::Sequential(conv(3, 8, 3, 2), prelu(8)));
    body_ =
        register_module("body", nn::Sequential(conv(8, 8, 3), prelu(8), conv(8, 8, 3), prelu(1)));
    embedding_ = register_module("embedding", nn::Linear(8, 2));
    randomise(*this);
  }
  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = stem_->forward(scaled(images));
    x = x + 0.5 * body_->forward(x);
    return embedding_(x.mean({2, 3}));
  }

 private:
  nn::Sequential stem_{nullptr}, body_{nullptr};
  nn::Linear embedding_{nullptr};
};

/// Pooling of every kind, on sizes that do not divide.
class Pooling final : public ScaledNetwork {
 public:
  Pooling() : ScaledNetwork(1) {
    stem_ = register_module(
        "stem",
        nn::Conv2d(
            nn::Conv2dOptions(1, 6, {3, 5}).stride({1, 2}).padding({1, 0}).dilation({2, 1})));
    grouped_ = register_module("grouped", nn::Conv2d(nn::Conv2dOptions(6, 12, 3).groups(3)));
    randomise(*this);
  }
  torch::Tensor forward(torch::Tensor images) override {
    const torch::Tensor x = torch::tanh(stem_(scaled(images)));
    const auto padded_max = torch::max_pool2d(x, 3, 2, 1);
    const auto ceiled_max = torch::max_pool2d(x, 2, 2, 0, 1, /*ceil_mode=*/true);
    const auto counted = torch::avg_pool2d(x, 3, 2, 1, false, /*count_include_pad=*/true);
    const auto uncounted = torch::avg_pool2d(x, 3, 2, 1, false, /*count_include_pad=*/false);
    const auto adaptive = torch::adaptive_avg_pool2d(torch::sigmoid(grouped_(padded_max)), {5, 1});
    return torch::cat({embed(padded_max), embed(ceiled_max), embed(counted), embed(uncounted),
                       adaptive.flatten(1)},
                      1);
  }

 private:
  static torch::Tensor embed(const torch::Tensor& x) {
    return x.mean({-1, -2}, /*keepdim=*/true).squeeze(-1).squeeze(-1);
  }
  nn::Conv2d stem_{nullptr}, grouped_{nullptr};
};

/// Constants in every place and shape, and layers after the flattening.
class Arithmetic final : public ImageNetwork {
 public:
  Arithmetic() {
    by_pixel_ = register_buffer("by_pixel", torch::rand({1, 6, 8}) * 100);
    by_column_ = register_buffer("by_column", torch::rand({8}) + 0.5);
    by_channel_ = register_buffer("by_channel", torch::rand({2, 1, 1}) + 0.5);
    by_feature_ = register_buffer("by_feature", torch::rand({12}) + 0.5);
    convolution_ = register_module("convolution", conv(1, 2, 3));
    first_ = register_module("first", nn::Linear(nn::LinearOptions(96, 12).bias(false)));
    norm_ = register_module("norm", nn::BatchNorm1d(nn::BatchNorm1dOptions(12).affine(false)));
    late_norm_ = register_module("late_norm", nn::BatchNorm1d(12));
    prelu_ = register_module("prelu", prelu(12));
    mixing_ = register_parameter("mixing", torch::randn({12, 5}));
    bias_ = register_parameter("bias", torch::randn({5}));
    randomise(*this);
  }
  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = (images - by_pixel_) / 64 * by_column_;
    x = convolution_(x) / by_channel_;
    x = 0.25 - torch::add(x, by_channel_, 2) + x * (by_channel_ * 3).reciprocal();
    x = torch::leaky_relu(x, 0.1);
    x = torch::sub(x, torch::tanh(x), 0.5) / (1 + torch::sigmoid(x)) * x;
    x = prelu_(norm_(first_(x.contiguous().view({x.size(0), -1}))));
    x = late_norm_(x) - by_feature_;
    return torch::addmm(bias_, x, mixing_) + torch::matmul(x, mixing_).relu();
  }

 private:
  torch::Tensor by_pixel_, by_column_, by_channel_, by_feature_, mixing_, bias_;
  nn::Conv2d convolution_{nullptr};
  nn::Linear first_{nullptr};
  nn::BatchNorm1d norm_{nullptr}, late_norm_{nullptr};
  nn::PReLU prelu_{nullptr};
};

template <typename T>
std::shared_ptr<ImageNetwork> make() {
  return std::make_shared<T>();
}

}  // namespace

std::vector<NetworkCase> network_cases() {
  return {{"plain", {1, 28, 28}, make<Plain>},
          {"residual", {3, 16, 20}, make<Residual>},
          {"prelu_residual", {3, 17, 13}, make<PReluResidual>},
          {"pooling", {1, 15, 19}, make<Pooling>},
          {"arithmetic", {1, 6, 8}, make<Arithmetic>}};
}

NetworkCase network_case(const std::string& name) {
  for (const NetworkCase& network : network_cases())
    if (network.name == name) return network;
  throw std::out_of_range("no network " + name);
}

}  // namespace gmtrain::test
