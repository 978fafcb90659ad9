// SPDX-License-Identifier: Apache-2.0
// Models of other opsets as models of opset 17, which the function of GMHead is written in.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>

namespace gmtrain {

/// Version of ONNX's own operators that the model asks for; 0 if it does not say.
int64_t opset_of(const onnx::ModelProto& model);

/// Writes operators of opset 18 to 20 as those of opset 17: axes of reductions and the number of
/// parts of a split as attributes, Gelu by its formula, attributes that say what opset 17 does
/// anyway left out.
/// @throws std::runtime_error naming a node that cannot be written so
void lower_to_opset_17(onnx::ModelProto& model);

/// Brings a model of opset 9 to 16 to opset 17 by ONNX's converter.
/// @throws std::runtime_error with ONNX's message
void raise_to_opset_17(onnx::ModelProto& model);

}  // namespace gmtrain
