// SPDX-License-Identifier: Apache-2.0
// What ONNX's library and OpenCV rely on in a model without a look at it: they read as many values
// of a tensor as its shape claims, divide by strides and groups, and follow nodes in a circle.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

namespace gmtrain {

/// That all nodes are of ONNX's own operators and in the order of execution, each value is made
/// once, and each tensor is in the file itself, has as many values as its shape says, and no NaN.
/// @throws std::runtime_error naming the tensor or node and what was expected
void check_graph(const onnx::GraphProto& graph);

/// That nodes have the inputs and attributes that ONNX asks for, and operands that fit each other
/// as far as OpenCV divides by them or reads them together.
/// @param model of an opset that the library knows, after check_graph()
/// @throws std::runtime_error as check_graph()
void check_nodes(const onnx::ModelProto& model);

/// What was said of a model: what ONNX's library says has line ends, and names in a damaged file
/// may have.
std::string on_one_line(std::string said);

}  // namespace gmtrain
