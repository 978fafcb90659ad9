// SPDX-License-Identifier: Apache-2.0
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

namespace gmtrain {

/// Passes a model whose last node calls its only local function through ONNX's checker and strict
/// shape inference, into the function's body.
/// @throws std::runtime_error with ONNX's message, or naming the value whose shape is unknown
void check_model(const onnx::ModelProto& model);

}  // namespace gmtrain
