// SPDX-License-Identifier: Apache-2.0
// Looking things up in an ONNX graph by the names of its values.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gmtrain {

/// The graph must stay as it is while a view of it lives.
class GraphView {
 public:
  explicit GraphView(const onnx::GraphProto& graph);

  /// The node that makes a value; null for inputs and initialisers.
  const onnx::NodeProto* producer(const std::string& value) const;

  /// The nodes that read a value.
  std::vector<const onnx::NodeProto*> readers(const std::string& value) const;

  /// A value that is a constant: an initialiser or the output of a node Constant, also behind
  /// Identity and Cast. Null if it is none.
  const onnx::TensorProto* constant(const std::string& value) const;

  /// Whether a value depends on constants alone. Nodes stand in the order of execution.
  bool is_constant(const std::string& value) const;

  /// Extents of a value, -1 where one is not known; nothing if the rank is not known.
  std::optional<std::vector<int64_t>> shape(const std::string& value) const;

  bool is_float(const std::string& value) const;

  /// The values that others depend on, and these themselves.
  std::set<std::string> before(std::vector<std::string> values) const;

 private:
  std::map<std::string, const onnx::NodeProto*> producers_;
  std::multimap<std::string, const onnx::NodeProto*> readers_;
  std::map<std::string, const onnx::TensorProto*> constants_;
  std::set<std::string> computed_constants_;  ///< outputs of nodes that read constants alone
  std::map<std::string, const onnx::TypeProto*> types_;
};

/// An attribute of a node; null if it has none of that name.
const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, const std::string& name);

/// Attributes, or what they are if the node has none of that name.
int64_t integer_of(const onnx::NodeProto& node, const std::string& name, int64_t otherwise = 0);
float number_of(const onnx::NodeProto& node, const std::string& name, float otherwise);
std::string text_of(const onnx::NodeProto& node, const std::string& name,
                    const std::string& otherwise);
std::vector<int64_t> integers_of(const onnx::NodeProto& node, const std::string& name);

/// Extent of an input or output of a graph; 0 if it is not known.
int64_t extent_of(const onnx::ValueInfoProto& value, int axis);

/// Whole numbers of a tensor of int64 or int32. @throws std::runtime_error for other types
std::vector<int64_t> whole_numbers(const onnx::TensorProto& tensor);

/// Names of the values that a node reads, those that its subgraphs take from outside among them.
std::vector<std::string> inputs_of(const onnx::NodeProto& node);

/// "Gemm fc1", for messages: operator and name, or the name of its first output.
std::string describe_node(const onnx::NodeProto& node);

}  // namespace gmtrain
