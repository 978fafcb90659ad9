// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/opset.hpp"

#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "core/onnx/gm_head_function.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"

namespace gmtrain {
namespace {

[[noreturn]] void fail(const onnx::NodeProto& node, const std::string& why) {
  throw std::runtime_error(describe_node(node) + ": " + why +
                           ", which opset 17 cannot say: export the model with opset 17 or below");
}

void drop_attribute(onnx::NodeProto& node, const std::string& name) {
  auto& attributes = *node.mutable_attribute();
  attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                  [&](const auto& attribute) { return attribute.name() == name; }),
                   attributes.end());
}

/// The nodes of a lowered graph, as they are made.
struct Lowering {
  GraphView view;
  onnx::GraphProto& graph;
  OnnxNodes nodes;
  std::set<std::string> constants;

  explicit Lowering(onnx::GraphProto& from) : view(from), graph(from) {}

  std::string float_constant(const std::string& name, float value) {
    if (constants.insert(name).second) add_constant(graph, name, {{}, std::vector<float>{value}});
    return name;
  }
};

void lower_reduction(const onnx::NodeProto& node, Lowering& lowering) {
  onnx::NodeProto& lowered = *lowering.nodes.Add();
  lowered = node;
  drop_attribute(lowered, "noop_with_empty_axes");
  std::vector<int64_t> axes;
  if (node.input_size() > 1 && !node.input(1).empty()) {
    const auto* constant = lowering.view.constant(node.input(1));
    if (constant == nullptr) fail(node, "its axes are no constant");
    axes = whole_numbers(*constant);
  }
  while (lowered.input_size() > 1) lowered.mutable_input()->RemoveLast();
  if (axes.empty() && integer_of(node, "noop_with_empty_axes") != 0) {
    lowered.set_op_type("Identity");
    lowered.clear_attribute();
    return;
  }
  if (axes.empty()) return;
  add_attribute(lowered, "axes", axes);
}

void lower_split(const onnx::NodeProto& node, Lowering& lowering) {
  onnx::NodeProto& lowered = *lowering.nodes.Add();
  lowered = node;
  drop_attribute(lowered, "num_outputs");
  const auto shape = lowering.view.shape(node.input(0));
  if (find_attribute(node, "num_outputs") == nullptr || !shape) return;
  const auto rank = static_cast<int64_t>(shape->size());
  const int64_t axis = integer_of(node, "axis");
  if (axis < -rank || axis >= rank) fail(node, "it splits along an axis that is not there");
  const int64_t extent = (*shape)[axis < 0 ? axis + rank : axis];
  if (extent > 0 && extent % node.output_size() != 0)
    fail(node, "it splits into parts of different sizes");
}

/// Gelu: x/2 (1 + erf(x/sqrt 2)), or by tanh.
void lower_gelu(const onnx::NodeProto& node, Lowering& lowering) {
  const std::string x = node.input(0), y = node.output(0);
  const auto part = [&](const char* name) { return y + "/" + name; };
  const std::string one = lowering.float_constant("gelu/one", 1),
                    half = lowering.float_constant("gelu/half", 0.5F);
  if (text_of(node, "approximate", "none") == "tanh") {
    const auto cubic = lowering.float_constant("gelu/cubic", 0.044715F);
    const auto scale = lowering.float_constant("gelu/scale", std::sqrt(static_cast<float>(M_2_PI)));
    add_node(lowering.nodes, "Mul", {x, x}, part("square"));
    add_node(lowering.nodes, "Mul", {part("square"), x}, part("cube"));
    add_node(lowering.nodes, "Mul", {part("cube"), cubic}, part("cubic"));
    add_node(lowering.nodes, "Add", {part("cubic"), x}, part("sum"));
    add_node(lowering.nodes, "Mul", {part("sum"), scale}, part("scaled"));
    add_node(lowering.nodes, "Tanh", {part("scaled")}, part("bent"));
  } else {
    const auto root = lowering.float_constant("gelu/root", std::sqrt(2.F));
    add_node(lowering.nodes, "Div", {x, root}, part("scaled"));
    add_node(lowering.nodes, "Erf", {part("scaled")}, part("bent"));
  }
  add_node(lowering.nodes, "Add", {part("bent"), one}, part("gate"));
  add_node(lowering.nodes, "Mul", {x, part("gate")}, part("gated"));
  add_node(lowering.nodes, "Mul", {part("gated"), half}, y);
}

void lower_mish(const onnx::NodeProto& node, Lowering& lowering) {
  const std::string x = node.input(0), y = node.output(0);
  add_node(lowering.nodes, "Softplus", {x}, y + "/softplus");
  add_node(lowering.nodes, "Tanh", {y + "/softplus"}, y + "/gate");
  add_node(lowering.nodes, "Mul", {x, y + "/gate"}, y);
}

/// Operators whose newer forms are the old ones but for attributes, which must say what was always
/// done.
void lower_attributes(const onnx::NodeProto& node, Lowering& lowering) {
  onnx::NodeProto& lowered = *lowering.nodes.Add();
  lowered = node;
  const std::string& op = node.op_type();
  if (op == "Pad" && node.input_size() > 3) fail(node, "it has axes");
  if (op == "Cast" || op == "CastLike") drop_attribute(lowered, "saturate");
  if (op == "AveragePool" || op == "LpPool") {
    for (const int64_t dilation : integers_of(node, "dilations"))
      if (dilation != 1) fail(node, "it has dilations");
    drop_attribute(lowered, "dilations");
  }
  if (op == "Resize") {
    if (integer_of(node, "antialias") != 0) fail(node, "it is antialiased");
    if (find_attribute(node, "axes") != nullptr) fail(node, "it has axes");
    if (text_of(node, "keep_aspect_ratio_policy", "stretch") != "stretch")
      fail(node, "it keeps the proportions");
    drop_attribute(lowered, "antialias");
    drop_attribute(lowered, "keep_aspect_ratio_policy");
  }
}

void lower(const onnx::NodeProto& node, Lowering& lowering) {
  static const std::set<std::string> reductions{"ReduceL1",        "ReduceL2",   "ReduceLogSum",
                                                "ReduceLogSumExp", "ReduceMax",  "ReduceMin",
                                                "ReduceMean",      "ReduceProd", "ReduceSumSquare"};
  static const std::set<std::string> newer{"GroupNormalization", "CenterCropPad", "Col2Im",
                                           "BitwiseAnd",         "BitwiseNot",    "BitwiseOr",
                                           "BitwiseXor",         "DeformConv",    "AffineGrid",
                                           "StringConcat",       "ImageDecoder"};
  const std::string& op = node.op_type();
  for (const auto& attribute : node.attribute())
    if (attribute.has_g() || attribute.graphs_size() > 0) fail(node, "it has a graph inside");
  if (node.input_size() == 0) return lower_attributes(node, lowering);
  if (newer.count(op) != 0) fail(node, "it is of opset 18 or later");
  if (reductions.count(op) != 0) return lower_reduction(node, lowering);
  if (op == "Split") return lower_split(node, lowering);
  if (op == "Gelu") return lower_gelu(node, lowering);
  if (op == "Mish") return lower_mish(node, lowering);
  lower_attributes(node, lowering);
}

/// ONNX's converter takes no Pad without its value, which up to opset 10 is 0 if not given.
void say_value_of_pads(onnx::ModelProto& model) {
  if (opset_of(model) > 10) return;
  for (auto& node : *model.mutable_graph()->mutable_node())
    if (node.op_type() == "Pad" && find_attribute(node, "value") == nullptr)
      add_attribute(node, "value", 0.F);
}

void set_opset(onnx::ModelProto& model, int64_t version) {
  for (auto& opset : *model.mutable_opset_import())
    if (opset.domain().empty() || opset.domain() == "ai.onnx") opset.set_version(version);
}

}  // namespace

int64_t opset_of(const onnx::ModelProto& model) {
  for (const auto& opset : model.opset_import())
    if (opset.domain().empty() || opset.domain() == "ai.onnx") return opset.version();
  return 0;
}

void lower_to_opset_17(onnx::ModelProto& model) {
  if (opset_of(model) <= kOnnxOpset) return;
  onnx::GraphProto before = model.graph();
  Lowering lowering(before);
  for (const auto& node : before.node()) lower(node, lowering);
  *model.mutable_graph()->mutable_node() = lowering.nodes;
  *model.mutable_graph()->mutable_initializer() = before.initializer();
  set_opset(model, kOnnxOpset);
  model.set_ir_version(kOnnxIrVersion);
}

void raise_to_opset_17(onnx::ModelProto& model) {
  if (opset_of(model) >= kOnnxOpset) return;
  say_value_of_pads(model);
  try {
    model = onnx::version_conversion::ConvertVersion(model, static_cast<int>(kOnnxOpset));
  } catch (const std::exception& error) {
    throw std::runtime_error(
        std::string("ONNX cannot bring the model to opset 17; export it with opset 17: ") +
        error.what());
  }
}

}  // namespace gmtrain
