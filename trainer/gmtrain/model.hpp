// SPDX-License-Identifier: Apache-2.0
// A classifier in the making: pixel scaling, network and loss, built from a recipe.
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <memory>

#include "gmtrain/data/dataset.hpp"
#include "gmtrain/losses/loss.hpp"
#include "gmtrain/networks/network.hpp"

namespace gmtrain {

class Model : public torch::nn::Module {
 public:
  /// Reads the tables [network] and [loss]. Weights are drawn from LibTorch's global generator, on
  /// the CPU, and then moved to compute_device().
  Model(Recipe& recipe, const DataOptions& data, const ImageShape& input);

  /// Of parts that are there already.
  Model(std::shared_ptr<PixelScaling> scaling, std::shared_ptr<Network> network,
        std::shared_ptr<Loss> loss);

  /// @param pixels [N,C,H,W], 0..255, uint8 or float32, on any device
  /// @return features [N,D] on the model's
  torch::Tensor features(const torch::Tensor& pixels);

  Network& network() { return *network_; }
  Loss& loss() { return *loss_; }

 private:
  std::shared_ptr<PixelScaling> scaling_;
  std::shared_ptr<Network> network_;
  std::shared_ptr<Loss> loss_;
};

/// Calls `visit` with the model's scores, the predictions and the labels, batch after batch, in
/// evaluation mode and without gradients.
struct ScoredBatch {
  Batch batch;
  Scores scores;
};
void score_dataset(Model& model, const Dataset& dataset, torch::ArrayRef<int64_t> indices,
                   const std::function<void(const ScoredBatch&)>& visit);

/// Images that evaluation and attacks handle at once.
constexpr int64_t kEvaluationBatch = 500;

}  // namespace gmtrain
