// The step from pixels to the network's input, part of the model so that it is exported with it.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

namespace gmtrain {

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

}  // namespace gmtrain
