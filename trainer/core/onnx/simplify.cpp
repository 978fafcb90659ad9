// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/simplify.hpp"

#include <onnx/defs/tensor_proto_util.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "core/onnx/graph_view.hpp"

namespace gmtrain {
namespace {

using Node = onnx::NodeProto;
using Numbers = std::vector<int64_t>;

/// A mean over the pixels of an image becomes pooling, which OpenCV runs for any number of images.
/// @return whether it was one
bool pool(const GraphView& view, const Node& node, OnnxNodes& nodes) {
  if (node.op_type() != "ReduceMean" || node.input_size() != 1) return false;
  const auto shape = view.shape(node.input(0));
  const auto axes = integers_of(node, "axes");
  if (!shape || shape->size() != 4) return false;
  std::set<int64_t> positive;
  for (const int64_t axis : axes) positive.insert(axis < 0 ? axis + 4 : axis);
  const bool last = positive == std::set<int64_t>{1, 2};
  const bool keepdims = integer_of(node, "keepdims", 1) != 0;
  if ((!last && positive != std::set<int64_t>{2, 3}) || (last && keepdims)) return false;
  add_pooling(nodes, node.input(0), node.output(0), last, !keepdims);
  return true;
}

/// Whether a value of one image has the images along its first axis, and all others are known.
bool is_one_image(const std::optional<std::vector<int64_t>>& shape) {
  return shape && !shape->empty() && shape->front() == 1 &&
         std::find(shape->begin(), shape->end(), -1) == shape->end();
}

/// A reshape to the shape that it has for one image, with the first axis as it comes; also what
/// squeezes, which OpenCV 4.6 knows in an older form only, for one image too.
bool free_reshape(const GraphView& view, const Node& node, bool any_batch, onnx::GraphProto& graph,
                  OnnxNodes& nodes) {
  const bool squeezes = node.op_type() == "Squeeze" || node.op_type() == "Unsqueeze";
  if (!squeezes && (node.op_type() != "Reshape" || !any_batch)) return false;
  const auto from = view.shape(node.input(0)), to = view.shape(node.output(0));
  if (!is_one_image(from) || !is_one_image(to)) return false;
  std::vector<int64_t> extents = *to;
  extents[0] = 0;
  const std::string shape = node.output(0) + "/shape";
  add_node(nodes, "Reshape", {node.input(0), shape}, node.output(0));
  const auto count = static_cast<int64_t>(extents.size());
  add_constant(graph, shape, {{count}, std::move(extents)});
  return true;
}

/// OpenCV's importer does not know constants behind an Identity.
bool does_nothing(const GraphView& view, const Node& node) {
  if (node.op_type() == "Identity") return true;
  return node.op_type() == "Cast" && integer_of(node, "to") == onnx::TensorProto::FLOAT &&
         view.is_float(node.input(0)) && view.shape(node.input(0)).has_value();
}

/// OpenCV 4.6 takes the weights of a Gemm as transposed, whatever it says of them, and does not
/// know of factors: alpha A B + beta C becomes beta (alpha / beta (A B) + C).
bool split_gemm(const Node& node, onnx::GraphProto& graph, OnnxNodes& nodes) {
  if (node.op_type() != "Gemm" || integer_of(node, "transA") != 0) return false;
  const bool transposed = integer_of(node, "transB") != 0;
  const float alpha = number_of(node, "alpha", 1), beta = number_of(node, "beta", 1);
  if (transposed && alpha == 1 && beta == 1) return false;
  const bool biased = node.input_size() > 2 && !node.input(2).empty() && beta != 0;
  const float inner = biased ? alpha / beta : alpha, outer = biased ? beta : 1;
  const std::string& output = node.output(0);
  std::vector<std::pair<const char*, std::string>> more;  // operators, each with its second operand
  const auto times = [&](const char* name, float value) {
    if (value == 1) return;
    add_constant(graph, output + name, {{1}, std::vector<float>{value}});
    more.emplace_back("Mul", output + name);
  };
  times("/inner", inner);
  if (biased) more.emplace_back("Add", node.input(2));
  times("/outer", outer);
  std::string value = more.empty() ? output : output + "/product";
  add_node(nodes, transposed ? "Gemm" : "MatMul", {node.input(0), node.input(1)}, value);
  if (transposed) add_attribute(*nodes.rbegin(), "transB", int64_t{1});
  for (size_t i = 0; i < more.size(); ++i) {
    const std::string made = i + 1 < more.size() ? output + "/" + std::to_string(i) : output;
    add_node(nodes, more[i].first, {value, more[i].second}, made);
    value = made;
  }
  return true;
}

constexpr float kNoBound = std::numeric_limits<float>::max();

/// A bound of a Clip, which up to opset 10 is an attribute; nothing if it is not known. An infinite
/// one is none, as the largest number is.
std::optional<float> bound_of(const GraphView& view, const Node& node, const char* name, int input,
                              float without) {
  const auto finite = [](float bound) { return std::clamp(bound, -kNoBound, kNoBound); };
  if (const auto* attribute = find_attribute(node, name)) return finite(attribute->f());
  if (node.input_size() <= input || node.input(input).empty()) return without;
  const auto* tensor = view.constant(node.input(input));
  if (tensor == nullptr || tensor->data_type() != onnx::TensorProto::FLOAT) return {};
  const auto values = onnx::ParseData<float>(tensor);
  return values.size() == 1 ? std::optional<float>(finite(values[0])) : std::nullopt;
}

/// OpenCV 4.6 takes no inputs as the bounds of a Clip. With finite ones, a and b,
///   clip(x) = (b - a) hard_sigmoid(x / (b - a) - a / (b - a)) + a
bool clip(const GraphView& view, const Node& node, onnx::GraphProto& graph, OnnxNodes& nodes) {
  if (node.op_type() != "Clip") return false;
  const auto low = bound_of(view, node, "min", 1, -kNoBound),
             high = bound_of(view, node, "max", 2, kNoBound);
  if (high == kNoBound && (low == 0.F || low == -kNoBound)) {
    add_node(nodes, low == 0.F ? "Relu" : "Identity", {node.input(0)}, node.output(0));
    return true;
  }
  if (!low || !high || *low == -kNoBound || *high == kNoBound || !(*low < *high)) return false;
  const float span = *high - *low;
  const std::string& output = node.output(0);
  const auto by = [&](const char* op, const std::string& input, const std::string& made,
                      float value) {
    const std::string constant = made + "/by";
    add_constant(graph, constant, {{1}, std::vector<float>{value}});
    add_node(nodes, op, {input, constant}, made);
  };
  add_node(nodes, "HardSigmoid", {node.input(0)}, output + "/share",
           {{"alpha", 1 / span}, {"beta", -*low / span}});
  by("Mul", output + "/share", *low == 0 ? output : output + "/span", span);
  if (*low != 0) by("Add", output + "/span", output, *low);
  return true;
}

/// What is optional in ONNX, but not for OpenCV's importer.
void say_what_may_be_left_out(const GraphView& view, Node& node) {
  auto& inputs = *node.mutable_input();
  while (!inputs.empty() && inputs.rbegin()->empty()) inputs.RemoveLast();
  if (node.op_type() != "Conv" || find_attribute(node, "kernel_shape") != nullptr) return;
  const auto weights = view.shape(node.input(1));
  if (weights && weights->size() > 2)
    add_attribute(node, "kernel_shape", Numbers(weights->begin() + 2, weights->end()));
}

}  // namespace

void rename(onnx::GraphProto& graph, const std::map<std::string, std::string>& names) {
  const auto in = [&](auto& list) {
    for (std::string& name : list)
      if (const auto found = names.find(name); found != names.end()) name = found->second;
  };
  const auto in_values = [&](auto& list) {
    for (auto& value : list)
      if (const auto found = names.find(value.name()); found != names.end())
        value.set_name(found->second);
  };
  for (Node& node : *graph.mutable_node()) {
    in(*node.mutable_input());
    in(*node.mutable_output());
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) rename(*attribute.mutable_g(), names);
      for (auto& inner : *attribute.mutable_graphs()) rename(inner, names);
    }
  }
  in_values(*graph.mutable_initializer());
  in_values(*graph.mutable_input());
  in_values(*graph.mutable_output());
  in_values(*graph.mutable_value_info());
}

void add_pooling(OnnxNodes& nodes, const std::string& input, const std::string& output,
                 bool channels_last, bool flatten) {
  std::string planes = input;
  if (channels_last) {
    planes = output + "/planes";
    add_node(nodes, "Transpose", {input}, planes, {{"perm", Numbers{0, 3, 1, 2}}});
  }
  if (!flatten) return add_node(nodes, "GlobalAveragePool", {planes}, output);
  add_node(nodes, "GlobalAveragePool", {planes}, output + "/pooled");
  add_node(nodes, "Flatten", {output + "/pooled"}, output);
}

void simplify(onnx::GraphProto& graph, const std::set<std::string>& kept, bool any_batch) {
  const onnx::GraphProto before = graph;
  const GraphView view(before);
  OnnxNodes nodes;
  std::map<std::string, std::string> same;
  for (const Node& node : before.node()) {
    if (does_nothing(view, node) && kept.count(node.output(0)) == 0) {
      const auto known = same.find(node.input(0));
      same[node.output(0)] = known == same.end() ? node.input(0) : known->second;
      continue;
    }
    if (any_batch && pool(view, node, nodes)) continue;
    if (free_reshape(view, node, any_batch, graph, nodes)) continue;
    if (split_gemm(node, graph, nodes) || clip(view, node, graph, nodes)) continue;
    *nodes.Add() = node;
    say_what_may_be_left_out(view, *nodes.rbegin());
  }
  *graph.mutable_node() = std::move(nodes);
  rename(graph, same);
}

}  // namespace gmtrain
