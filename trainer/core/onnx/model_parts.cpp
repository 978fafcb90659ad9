// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/model_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <type_traits>

#include "core/onnx/gm_head_function.hpp"

namespace gmtrain {
namespace {

constexpr const char* kBatch = "N";

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

void infer_shapes(onnx::ModelProto model, KnownShapes wanted) {
  constexpr bool kCheckTypes = true, kPropagateData = true;
  const int strict = wanted == KnownShapes::all ? 1 : 0;
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                     {kCheckTypes, strict, kPropagateData});
  std::set<std::string> known;
  for (const auto& value : model.graph().output()) known.insert(value.name());
  for (const auto& value : model.graph().value_info())
    if (value.type().tensor_type().has_shape()) known.insert(value.name());
  const std::string own = std::string(kGmHeadName) + "/";
  for (const auto& node : model.graph().node())
    for (const std::string& output : node.output()) {
      if (known.count(output) != 0) continue;
      if (wanted == KnownShapes::those_of_the_head && output.rfind(own, 0) != 0) continue;
      throw std::runtime_error("no shape could be inferred for " + output + " of " +
                               node.op_type());
    }
}

template <typename T>
void set_values(onnx::TensorProto& tensor, const std::vector<T>& values) {
  tensor.set_data_type(std::is_same_v<T, float> ? onnx::TensorProto::FLOAT
                                                : onnx::TensorProto::INT64);
  // raw_data is little-endian by definition, as are the machines this is built for.
  tensor.set_raw_data(values.data(), values.size() * sizeof(T));
}

void add_head_attributes(onnx::NodeProto& node, const GmHead& head) {
  const auto& how = head.preparation;
  add_attribute(node, "labels", fmt::format("{}", fmt::join(head.labels, "\n")));
  add_attribute(node, "accept_rate", head.accept_rate);
  add_attribute(node, "input_height", int64_t{how.inputSize.height});
  add_attribute(node, "input_width", int64_t{how.inputSize.width});
  add_attribute(node, "input_channels", int64_t{how.channels()});
  add_attribute(node, "channel_order", how.channelOrder);
  add_attribute(node, "resize_height", int64_t{how.resizeSize.height});
  add_attribute(node, "resize_width", int64_t{how.resizeSize.width});
  add_attribute(node, "resize_mode", how.resizeMode);
  add_attribute(node, "interpolation", how.interpolation);
  add_attribute(node, "fill", int64_t{how.fill});
  add_attribute(node, "calibrated_on", head.calibrated_on);
  if (head.pictures) {
    const auto list = [](const auto& range) { return std::vector(range.begin(), range.end()); };
    add_attribute(node, "picture_heights", list(head.pictures->heights));
    add_attribute(node, "picture_widths", list(head.pictures->widths));
    add_attribute(node, "pixel_means", list(head.pictures->means));
    add_attribute(node, "pixel_deviations", list(head.pictures->deviations));
  }
  if (!head.risks.empty()) {
    add_attribute(node, "risks", head.risks);
    add_attribute(node, "risk_confidences", head.risk_confidences);
  }
}

}  // namespace

void add_constant(onnx::GraphProto& graph, const std::string& name, const GraphConstant& constant) {
  int64_t size = 1;
  for (const int64_t extent : constant.shape) size *= extent;
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  for (const int64_t extent : constant.shape) tensor.add_dims(extent);
  std::visit(
      [&](const auto& values) {
        if (static_cast<int64_t>(values.size()) != size)
          throw std::invalid_argument(fmt::format("constant {} has {} values for shape [{}]", name,
                                                  values.size(), fmt::join(constant.shape, ",")));
        set_values(tensor, values);
      },
      constant.data);
}

void add_attribute(onnx::NodeProto& node, const std::string& name, const GraphAttribute& value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(*integer);
  } else if (const auto* number = std::get_if<float>(&value)) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(*number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(*text);
  } else if (const auto* numbers = std::get_if<std::vector<float>>(&value)) {
    attribute.set_type(onnx::AttributeProto::FLOATS);
    for (const float element : *numbers) attribute.add_floats(element);
  } else {
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const int64_t element : std::get<std::vector<int64_t>>(value)) attribute.add_ints(element);
  }
}

void add_node(OnnxNodes& nodes, const GraphNode& node) {
  onnx::NodeProto& proto = *nodes.Add();
  proto.set_op_type(node.op);
  proto.set_name(node.name);
  for (const std::string& input : node.inputs) proto.add_input(input);
  proto.add_output(node.output);
  for (const auto& [name, value] : node.attributes) add_attribute(proto, name, value);
}

void add_node(OnnxNodes& nodes, const std::string& op, const std::vector<std::string>& inputs,
              const std::string& output, const std::map<std::string, GraphAttribute>& attributes) {
  add_node(nodes, {op, output, inputs, output, attributes});
}

void describe(onnx::ValueInfoProto& value, const std::string& name,
              const std::vector<int64_t>& extents, int64_t batch) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  auto& first = *tensor.mutable_shape()->add_dim();
  if (batch > 0)
    first.set_dim_value(batch);
  else
    first.set_dim_param(kBatch);
  for (const int64_t extent : extents) tensor.mutable_shape()->add_dim()->set_dim_value(extent);
}

onnx::ModelProto empty_model(const GmHead& head, const ModelInfo& info) {
  onnx::ModelProto model;
  model.set_ir_version(kOnnxIrVersion);
  model.set_producer_name(info.producer);
  model.set_producer_version(info.producer_version);
  model.set_doc_string(info.description);
  onnx::OperatorSetIdProto& standard = *model.add_opset_import();
  standard.set_domain("");
  standard.set_version(kOnnxOpset);
  onnx::OperatorSetIdProto& ours = *model.add_opset_import();
  ours.set_domain(kGmHeadDomain);
  ours.set_version(kGmHeadVersion);
  for (const auto& [key, value] : info.metadata) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  *model.add_functions() = gm_head_function(head);

  return model;
}

void add_head(onnx::GraphProto& graph, const GmHead& head, const std::string& features,
              int64_t batch) {
  const int64_t K = head.classes, D = head.dimension;
  const auto shape = [](const auto& extents) {
    return std::vector<int64_t>(extents.begin(), extents.end());
  };
  add_constant(graph, "means", {{K, D}, head.means});
  add_constant(graph, "log_variances", {shape(head.log_variances_shape), head.log_variances});
  add_constant(graph, "log_priors", {{K}, head.log_priors});
  add_constant(graph, "calibration", {shape(head.calibration_shape), head.calibration});

  onnx::NodeProto& node = *graph.add_node();
  node.set_domain(kGmHeadDomain);
  node.set_op_type(kGmHeadName);
  node.set_name(kGmHeadName);
  for (const std::string& input : {features, std::string("means"), std::string("log_variances"),
                                   std::string("log_priors"), std::string("calibration")})
    node.add_input(input);
  for (const char* output : kHeadOutputs) {
    node.add_output(output);
    describe(*graph.add_output(), output, {output == kHeadOutputs[0] ? K : int64_t{1}}, batch);
  }
  add_head_attributes(node, head);
}

std::string to_bytes(const onnx::ModelProto& model) {
  if (model.ByteSizeLong() > static_cast<size_t>(std::numeric_limits<int>::max()))
    throw std::runtime_error("the ONNX model is larger than 2 GB, which protobuf cannot write");
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  if (!model.SerializeToCodedStream(&coded))
    throw std::runtime_error("the ONNX model could not be serialised");
  coded.Trim();
  return bytes;
}

std::string checked_bytes(const onnx::ModelProto& model, KnownShapes known) {
  try {
    onnx::checker::check_model(model);
    infer_shapes(inlined(model), known);
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("the ONNX model is not valid: ") + error.what());
  }
  return to_bytes(model);
}

}  // namespace gmtrain
