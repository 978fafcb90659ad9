// SPDX-License-Identifier: Apache-2.0
// A network as a list of ONNX operators, free of both LibTorch and protobuf: the two may not meet
// in one file, and this is what they hand to each other.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace gmtrain {

/// A constant tensor: shape and row-major values, as many as the shape's product.
struct GraphConstant {
  std::vector<int64_t> shape;
  std::variant<std::vector<float>, std::vector<int64_t>> data;

  bool operator==(const GraphConstant& other) const {
    return shape == other.shape && data == other.data;
  }
};

using GraphAttribute =
    std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>>;

/// One operator of ONNX's default domain, opset 17.
struct GraphNode {
  std::string op;    ///< "Conv", "Relu", ...
  std::string name;  ///< unique among the nodes
  std::vector<std::string> inputs;
  std::string output;
  std::map<std::string, GraphAttribute> attributes;

  bool operator==(const GraphNode& other) const {
    return op == other.op && name == other.name && inputs == other.inputs &&
           output == other.output && attributes == other.attributes;
  }
};

/// From images [N,C,H,W] to features [N,D], N free. Nodes stand in the order of execution.
struct NetworkGraph {
  std::string input = "image";
  std::array<int64_t, 3> input_shape{};  ///< C, H, W
  std::string output;
  int64_t output_dimension = 0;  ///< D
  std::vector<GraphNode> nodes;
  std::map<std::string, GraphConstant> constants;

  bool operator==(const NetworkGraph& other) const {
    return input == other.input && input_shape == other.input_shape && output == other.output &&
           output_dimension == other.output_dimension && nodes == other.nodes &&
           constants == other.constants;
  }
};

}  // namespace gmtrain
