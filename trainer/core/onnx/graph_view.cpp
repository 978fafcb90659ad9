// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/graph_view.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <stdexcept>

namespace gmtrain {
namespace {

template <class T>
void append_raw(const std::string& raw, std::vector<int64_t>& numbers) {
  for (size_t at = 0; at + sizeof(T) <= raw.size(); at += sizeof(T)) {
    T number;
    std::memcpy(&number, raw.data() + at, sizeof(T));
    numbers.push_back(number);
  }
}

void add_outer_inputs(const onnx::GraphProto& graph, std::vector<std::string>& inputs) {
  std::set<std::string> own;
  for (const auto& input : graph.input()) own.insert(input.name());
  for (const auto& tensor : graph.initializer()) own.insert(tensor.name());
  for (const auto& node : graph.node()) {
    for (const std::string& input : inputs_of(node))
      if (own.count(input) == 0) inputs.push_back(input);
    own.insert(node.output().begin(), node.output().end());
  }
  for (const auto& output : graph.output())
    if (own.count(output.name()) == 0) inputs.push_back(output.name());
}

}  // namespace

GraphView::GraphView(const onnx::GraphProto& graph) {
  for (const auto& node : graph.node()) {
    for (const std::string& output : node.output())
      if (!output.empty()) producers_[output] = &node;
    for (const std::string& input : inputs_of(node)) readers_.emplace(input, &node);
    const auto* value = node.op_type() == "Constant" ? find_attribute(node, "value") : nullptr;
    if (value != nullptr) constants_[node.output(0)] = &value->t();
  }
  for (const auto& tensor : graph.initializer()) constants_[tensor.name()] = &tensor;
  for (const auto& node : graph.node())
    if (std::all_of(node.input().begin(), node.input().end(),
                    [&](const std::string& input) { return input.empty() || is_constant(input); }))
      computed_constants_.insert(node.output().begin(), node.output().end());
  for (const auto* values : {&graph.input(), &graph.output(), &graph.value_info()})
    for (const auto& value : *values) types_[value.name()] = &value.type();
}

const onnx::NodeProto* GraphView::producer(const std::string& value) const {
  const auto found = producers_.find(value);
  return found == producers_.end() ? nullptr : found->second;
}

std::vector<const onnx::NodeProto*> GraphView::readers(const std::string& value) const {
  std::vector<const onnx::NodeProto*> nodes;
  const auto [first, last] = readers_.equal_range(value);
  for (auto it = first; it != last; ++it) nodes.push_back(it->second);
  return nodes;
}

const onnx::TensorProto* GraphView::constant(const std::string& value) const {
  for (const std::string* at = &value;;) {
    const auto found = constants_.find(*at);
    if (found != constants_.end()) return found->second;
    const onnx::NodeProto* node = producer(*at);
    const bool passes_on =
        node != nullptr && (node->op_type() == "Identity" || node->op_type() == "Cast");
    if (!passes_on || node->input_size() != 1) return nullptr;
    at = &node->input(0);
  }
}

bool GraphView::is_constant(const std::string& value) const {
  return constants_.count(value) != 0 || computed_constants_.count(value) != 0;
}

std::optional<std::vector<int64_t>> GraphView::shape(const std::string& value) const {
  const auto tensor = constants_.find(value);
  if (tensor != constants_.end())
    return std::vector<int64_t>(tensor->second->dims().begin(), tensor->second->dims().end());
  const auto found = types_.find(value);
  if (found == types_.end() || !found->second->tensor_type().has_shape()) return std::nullopt;
  std::vector<int64_t> extents;
  for (const auto& dim : found->second->tensor_type().shape().dim())
    extents.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return extents;
}

bool GraphView::is_float(const std::string& value) const {
  const auto tensor = constants_.find(value);
  if (tensor != constants_.end()) return tensor->second->data_type() == onnx::TensorProto::FLOAT;
  const auto found = types_.find(value);
  return found == types_.end() ||
         found->second->tensor_type().elem_type() == onnx::TensorProto::FLOAT;
}

std::set<std::string> GraphView::before(std::vector<std::string> values) const {
  std::set<std::string> found;
  while (!values.empty()) {
    const std::string value = std::move(values.back());
    values.pop_back();
    if (!found.insert(value).second) continue;
    const onnx::NodeProto* node = producer(value);
    if (node == nullptr) continue;
    for (std::string& input : inputs_of(*node)) values.push_back(std::move(input));
  }
  return found;
}

const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& attribute : node.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

int64_t integer_of(const onnx::NodeProto& node, const std::string& name, int64_t otherwise) {
  const auto* attribute = find_attribute(node, name);
  return attribute == nullptr ? otherwise : attribute->i();
}

float number_of(const onnx::NodeProto& node, const std::string& name, float otherwise) {
  const auto* attribute = find_attribute(node, name);
  return attribute == nullptr ? otherwise : attribute->f();
}

std::string text_of(const onnx::NodeProto& node, const std::string& name,
                    const std::string& otherwise) {
  const auto* attribute = find_attribute(node, name);
  return attribute == nullptr ? otherwise : attribute->s();
}

std::vector<int64_t> integers_of(const onnx::NodeProto& node, const std::string& name) {
  const auto* attribute = find_attribute(node, name);
  if (attribute == nullptr) return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

int64_t extent_of(const onnx::ValueInfoProto& value, int axis) {
  const auto& dim = value.type().tensor_type().shape().dim(axis);
  return dim.has_dim_value() ? dim.dim_value() : 0;
}

std::vector<int64_t> whole_numbers(const onnx::TensorProto& tensor) {
  std::vector<int64_t> numbers;
  if (tensor.data_type() == onnx::TensorProto::INT64) {
    append_raw<int64_t>(tensor.raw_data(), numbers);
    numbers.insert(numbers.end(), tensor.int64_data().begin(), tensor.int64_data().end());
  } else if (tensor.data_type() == onnx::TensorProto::INT32) {
    append_raw<int32_t>(tensor.raw_data(), numbers);
    numbers.insert(numbers.end(), tensor.int32_data().begin(), tensor.int32_data().end());
  } else {
    throw std::runtime_error("expected whole numbers in the constant " + tensor.name());
  }
  return numbers;
}

std::vector<std::string> inputs_of(const onnx::NodeProto& node) {
  std::vector<std::string> inputs;
  for (const std::string& input : node.input())
    if (!input.empty()) inputs.push_back(input);
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) add_outer_inputs(attribute.g(), inputs);
    for (const auto& graph : attribute.graphs()) add_outer_inputs(graph, inputs);
  }
  return inputs;
}

std::string describe_node(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.op_type() + " " + node.name();
  return node.op_type() + (node.output_size() > 0 ? " " + node.output(0) : "");
}

}  // namespace gmtrain
