// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/model_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/onnx/gm_head_function.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"
#include "core/onnx/opset.hpp"

namespace gmtrain {
namespace {

using Node = onnx::NodeProto;
using Tensor = onnx::TensorProto;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

void check_is_in_file(const Tensor& tensor) {
  if (tensor.data_location() != Tensor::EXTERNAL) return;
  std::string where = "another file";
  for (const auto& entry : tensor.external_data())
    if (entry.key() == "location") where = entry.value();
  fail(
      fmt::format("expected the weights in the file itself, found {} in {}: save it as one file "
                  "(onnx.save(onnx.load(FILE), OTHER) in Python)",
                  tensor.name(), where));
}

/// Bytes of an element in raw_data; 0 for strings, which are never there.
int64_t bytes_of_element(int type) {
  switch (type) {
    case Tensor::DOUBLE:
    case Tensor::INT64:
    case Tensor::UINT64:
    case Tensor::COMPLEX64:
      return 8;
    case Tensor::FLOAT:
    case Tensor::INT32:
    case Tensor::UINT32:
      return 4;
    case Tensor::FLOAT16:
    case Tensor::BFLOAT16:
    case Tensor::INT16:
    case Tensor::UINT16:
      return 2;
    case Tensor::COMPLEX128:
      return 16;
    case Tensor::STRING:
      return 0;
    default:
      return 1;
  }
}

/// How many values are there, in whichever field; -1 where an element is cut.
int64_t values_in(const Tensor& tensor) {
  const int64_t fields = int64_t{tensor.float_data_size()} + tensor.int32_data_size() +
                         tensor.int64_data_size() + tensor.double_data_size() +
                         tensor.uint64_data_size() + tensor.string_data_size();
  if (!tensor.has_raw_data()) return fields;
  const int64_t bytes = bytes_of_element(tensor.data_type());
  const auto size = static_cast<int64_t>(tensor.raw_data().size());
  return bytes > 0 && size % bytes == 0 ? size / bytes + fields : -1;
}

bool has_nan(const Tensor& tensor) {
  if (tensor.data_type() != Tensor::FLOAT) return false;
  const auto is_nan = [](float value) { return std::isnan(value); };
  const std::string& raw = tensor.raw_data();
  for (size_t at = 0; at + sizeof(float) <= raw.size(); at += sizeof(float)) {
    float value;
    std::memcpy(&value, raw.data() + at, sizeof(float));
    if (is_nan(value)) return true;
  }
  return std::any_of(tensor.float_data().begin(), tensor.float_data().end(), is_nan);
}

void check_tensor(const Tensor& tensor) {
  check_is_in_file(tensor);
  // In floating point, since a broken shape's product may be beyond 64 bits.
  double expected = 1;
  for (const int64_t extent : tensor.dims()) {
    if (extent < 0)
      fail(fmt::format("expected extents of at least 0, found [{}] of the tensor {}",
                       fmt::join(tensor.dims(), ","), tensor.name()));
    expected *= static_cast<double>(extent);
  }
  const int64_t found = values_in(tensor);
  if (static_cast<double>(found) != expected)
    fail(fmt::format("expected {:.0f} values of the tensor {} [{}], found {}", expected,
                     tensor.name(), fmt::join(tensor.dims(), ","),
                     found < 0 ? "a part of one" : std::to_string(found)));
}

/// Of a value that nobody takes nothing becomes NaN.
void check_numbers(const onnx::GraphProto& graph) {
  std::set<std::string> taken;
  for (const auto& node : graph.node()) taken.insert(node.input().begin(), node.input().end());
  for (const auto& tensor : graph.initializer())
    if (taken.count(tensor.name()) > 0 && has_nan(tensor))
      fail(fmt::format("expected numbers, found NaN in the tensor {}", tensor.name()));
}

std::optional<std::vector<int64_t>> weights_of(const GraphView& view, const Node& node, int input) {
  if (node.input_size() <= input || view.constant(node.input(input)) == nullptr)
    return std::nullopt;
  const auto& dims = view.constant(node.input(input))->dims();
  return std::vector<int64_t>(dims.begin(), dims.end());
}

[[noreturn]] void fail(const Node& node, const char* expected, const std::vector<int64_t>& found) {
  fail(fmt::format("{}: expected {}, found [{}]", describe_node(node), expected,
                   fmt::join(found, ",")));
}

/// Enough to read a node by the operator's definition. ONNX's own check is stricter than what
/// writes and reads models: it refuses empty operands, and attributes of later opsets.
void check_operands(const Node& node, int opset) {
  const auto* schema = onnx::OpSchemaRegistry::Schema(node.op_type(), opset, "");
  if (schema == nullptr)
    fail(fmt::format("{}: expected an operator of opset {}", describe_node(node), opset));
  if (schema->Deprecated()) return;
  // What later opsets let be left out is left out in earlier ones too: the bias of Gemm.
  const auto* latest = onnx::OpSchemaRegistry::Schema(node.op_type(), "");
  const int least = std::min(schema->min_input(), (latest ? latest : schema)->min_input());
  if (node.input_size() < least || node.output_size() < schema->min_output())
    fail(fmt::format("{}: expected at least {} inputs and {} outputs, found {} and {}",
                     describe_node(node), least, schema->min_output(), node.input_size(),
                     node.output_size()));
  std::set<std::string> given;
  for (const auto& attribute : node.attribute()) {
    given.insert(attribute.name());
    const auto defined = schema->attributes().find(attribute.name());
    if (defined != schema->attributes().end() && attribute.type() != defined->second.type &&
        attribute.type() != onnx::AttributeProto::UNDEFINED)  // as the oldest files have it
      fail(fmt::format("{}: expected another type of the attribute {}", describe_node(node),
                       attribute.name()));
  }
  for (const auto& [name, attribute] : schema->attributes())
    if (attribute.required && given.count(name) == 0)
      fail(fmt::format("{}: expected the attribute {}", describe_node(node), name));
}

void check_divisors(const Node& node) {
  for (const char* name : {"strides", "dilations", "kernel_shape"}) {
    const auto values = integers_of(node, name);
    if (std::any_of(values.begin(), values.end(), [](int64_t value) {
          return value < 1 || value > std::numeric_limits<int32_t>::max();
        }))
      fail(fmt::format("{}: expected {} of at least 1, found [{}]", describe_node(node), name,
                       fmt::join(values, ",")));
  }
}

void check_weights(const GraphView& view, const Node& node) {
  const std::string& op = node.op_type();
  const bool convolves = op == "Conv" || op == "ConvTranspose";
  if (!convolves && op != "Gemm" && op != "MatMul") return;
  for (const int input : {0, 1}) {
    const auto weights = weights_of(view, node, input);
    if (weights && std::count(weights->begin(), weights->end(), 0) > 0)
      fail(node, "weights of at least one value", *weights);
  }
  const auto weights = weights_of(view, node, 1);
  if (!convolves || !weights) return;
  const int64_t group = integer_of(node, "group", 1);
  if (weights->size() < 3) fail(node, "weights of three axes or more", *weights);
  if (group < 1 || (*weights)[0] % group != 0)
    fail(node, "a number of groups that divides its weights' first extent", *weights);
  const std::vector<int64_t> kernel(weights->begin() + 2, weights->end());
  if (const auto said = integers_of(node, "kernel_shape"); !said.empty() && said != kernel)
    fail(node, "a kernel_shape as its weights have it", said);
  const auto bias = weights_of(view, node, 2);
  const int64_t outputs = op == "Conv" ? (*weights)[0] : (*weights)[1] * group;
  if (bias && *bias != std::vector<int64_t>{outputs})
    fail(node, "a bias for each output channel", *bias);
}

/// OpenCV reads all four by the length of the first.
void check_batch_norm(const GraphView& view, const Node& node) {
  if (node.op_type() != "BatchNormalization") return;
  const auto first = weights_of(view, node, 1);
  for (const int input : {2, 3, 4}) {
    const auto other = weights_of(view, node, input);
    if (first && other && *first != *other)
      fail(node, "scale, bias, mean and variance of one length", *other);
  }
}

/// Each value is made once, and before it is read: there is no circle.
void check_order(const onnx::GraphProto& graph) {
  std::set<std::string> made{""};
  for (const auto& input : graph.input()) made.insert(input.name());
  for (const auto& tensor : graph.initializer()) made.insert(tensor.name());
  for (const auto& node : graph.node()) {
    for (const std::string& input : node.input())
      if (made.count(input) == 0)
        fail(
            fmt::format("expected nodes in the order of execution, found {} before what makes its "
                        "input {}",
                        describe_node(node), input));
    for (const std::string& output : node.output())
      if (!output.empty() && !made.insert(output).second)
        fail(fmt::format("expected each value to be made once, found {} again as an output of {}",
                         output, describe_node(node)));
  }
}

void check_tensors_and_nodes(const onnx::GraphProto& graph) {
  for (const auto& tensor : graph.initializer()) check_tensor(tensor);
  for (const auto& node : graph.node()) {
    if (!node.domain().empty() && node.domain() != "ai.onnx")
      fail(fmt::format("expected operators of ONNX alone, found {} of {}", describe_node(node),
                       node.domain()));
    const auto& outputs = node.output();
    if (std::all_of(outputs.begin(), outputs.end(), [](const auto& name) { return name.empty(); }))
      fail(fmt::format("expected an output of each node, found none of {}", describe_node(node)));
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_t()) check_tensor(attribute.t());
      if (attribute.has_g()) check_tensors_and_nodes(attribute.g());
      for (const auto& inner : attribute.graphs()) check_tensors_and_nodes(inner);
    }
  }
}

}  // namespace

std::string on_one_line(std::string said) {
  said.erase(said.find_last_not_of("\r\n") + 1);
  std::replace_if(
      said.begin(), said.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return said;
}

void check_graph(const onnx::GraphProto& graph) {
  check_tensors_and_nodes(graph);
  check_numbers(graph);
  check_order(graph);
}

void check_nodes(const onnx::ModelProto& model) {
  const onnx::GraphProto& graph = model.graph();
  for (const auto& node : graph.node()) check_operands(node, static_cast<int>(opset_of(model)));
  const GraphView view(graph);
  for (const auto& node : graph.node()) {
    check_divisors(node);
    check_weights(view, node);
    check_batch_norm(view, node);
  }
}

}  // namespace gmtrain
