// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/check_model.hpp"

#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace gmtrain {
namespace {

/// The model with the body of its function in the place of the last node: onnx 1.12 does not look
/// into functions when it infers shapes.
onnx::ModelProto inlined(const onnx::ModelProto& model) {
  onnx::ModelProto whole = model;
  auto& nodes = *whole.mutable_graph()->mutable_node();
  const onnx::NodeProto call = nodes.Get(nodes.size() - 1);
  nodes.RemoveLast();
  const onnx::FunctionProto& function = model.functions(0);
  std::map<std::string, std::string> actual;
  for (int i = 0; i < call.input_size(); ++i) actual[function.input(i)] = call.input(i);
  for (int i = 0; i < call.output_size(); ++i) actual[function.output(i)] = call.output(i);
  const auto rename = [&](auto& names) {
    for (std::string& name : names)
      name = actual.emplace(name, call.op_type() + "/" + name).first->second;
  };
  for (const onnx::NodeProto& inner : function.node()) {
    onnx::NodeProto& node = *nodes.Add();
    node = inner;
    rename(*node.mutable_input());
    rename(*node.mutable_output());
  }
  whole.clear_functions();
  return whole;
}

void infer_all_shapes(onnx::ModelProto model) {
  constexpr bool kCheckTypes = true, kPropagateData = true;
  constexpr int kStrict = 1;
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                     {kCheckTypes, kStrict, kPropagateData});
  std::set<std::string> known;
  for (const auto& value : model.graph().output()) known.insert(value.name());
  for (const auto& value : model.graph().value_info())
    if (value.type().tensor_type().has_shape()) known.insert(value.name());
  for (const auto& node : model.graph().node())
    for (const std::string& output : node.output())
      if (known.count(output) == 0)
        throw std::runtime_error("no shape could be inferred for " + output + " of " +
                                 node.op_type());
}

}  // namespace

void check_model(const onnx::ModelProto& model) {
  try {
    onnx::checker::check_model(model);
    infer_all_shapes(inlined(model));
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("the ONNX model is not valid: ") + error.what());
  }
}

}  // namespace gmtrain
