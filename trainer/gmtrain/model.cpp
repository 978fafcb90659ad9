// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/model.hpp"

#include <algorithm>

#include "gmtrain/data/batch_stream.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {

Model::Model(Recipe& recipe, const DataOptions& data, const ImageShape& input) {
  scaling_ = register_module("scaling", std::make_shared<PixelScaling>(data.mean, data.deviation));
  network_ = register_module("network", make_network(recipe.section("network"), input));
  lay_out_weights(*network_);
  loss_ = register_module(
      "loss", make_loss(recipe.section("loss"),
                        {static_cast<int64_t>(data.labels.size()), network_->dimension()}));
  to(compute_device());
}

Model::Model(std::shared_ptr<PixelScaling> scaling, std::shared_ptr<Network> network,
             std::shared_ptr<Loss> loss)
    : scaling_(register_module("scaling", std::move(scaling))),
      network_(register_module("network", std::move(network))),
      loss_(register_module("loss", std::move(loss))) {
  to(compute_device());
}

torch::Tensor Model::features(const torch::Tensor& pixels) {
  // Widened on the device, a quarter as much travels there; what is not waited for has been copied
  // from the CPU's memory when the call returns.
  const auto on_device =
      pixels.to(pixels.options().device(compute_device()), /*non_blocking=*/true);
  return network_->forward(scaling_->forward(on_device.to(torch::kFloat)));
}

void score_dataset(Model& model, const Dataset& dataset, torch::ArrayRef<int64_t> indices,
                   const std::function<void(const ScoredBatch&)>& visit) {
  torch::NoGradGuard no_grad;
  model.eval();
  BatchStream batches(dataset, in_batches(indices, kEvaluationBatch));
  while (batches.has_next()) {
    auto batch = batches.next();
    if (batch.indices.empty()) continue;
    auto scores = model.loss().score(model.features(batch.images));
    visit({std::move(batch), std::move(scores)});
  }
}

}  // namespace gmtrain
