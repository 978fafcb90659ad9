// SPDX-License-Identifier: Apache-2.0
// From a LibTorch module to a graph of ONNX operators.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <array>
#include <functional>

#include "core/onnx/graph.hpp"

namespace gmtrain {

/// Features [N,D] of images [N,C,H,W].
using FeaturesFunction = std::function<torch::Tensor(const torch::Tensor&)>;

/// Records what `features` does to an image in evaluation mode, and writes it in ONNX operators,
/// batch norm folded. Control flow is recorded as it ran. What depends on the batch size in any
/// other way than through the first axis is refused: the function is recorded at two sizes, which
/// must give the same graph.
///
/// @param network   the module that `features` computes with; left as it was, mode and
///                  requires_grad included. Its parameters and buffers name the graph's constants
/// @param input_shape  C, H, W
/// @throws std::runtime_error naming the operator that cannot be exported, and why
NetworkGraph trace_network(torch::nn::Module& network, const FeaturesFunction& features,
                           const std::array<int64_t, 3>& input_shape);

}  // namespace gmtrain
