// SPDX-License-Identifier: Apache-2.0
// Graph pass: batch normalisation into the convolution or linear layer before it.
#pragma once

#include "core/onnx/graph.hpp"

namespace gmtrain {

/// Folds every BatchNormalization whose input is a Conv or a Gemm (with transB = 1) that nobody
/// else reads, in double precision:
///
///     s = gamma / sqrt(var + epsilon),   W' = s W,   b' = s (b - mean) + beta
///
/// Others stay as they are. Constants that no node reads any more are removed.
void fold_batch_norm(NetworkGraph& graph);

}  // namespace gmtrain
