// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/export/aten_call.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <stdexcept>

namespace gmtrain {
namespace jit = torch::jit;
namespace {

std::vector<int64_t> shape_of(const jit::Value& value) {
  const auto type = value.type()->cast<c10::TensorType>();
  const auto sizes = type ? type->sizes().concrete_sizes() : std::nullopt;
  if (!sizes) throw std::runtime_error("export: the trace holds a tensor of unknown shape");
  return *sizes;
}

at::ScalarType type_of(const jit::Value& value) {
  const auto type = value.type()->cast<c10::TensorType>();
  if (!type || !type->scalarType())
    throw std::runtime_error("export: the trace holds a tensor of unknown type");
  return *type->scalarType();
}

}  // namespace

std::string Conversion::add_constant(const std::string& name, GraphConstant constant) {
  std::string unique = name;
  for (int copy = 2;; ++copy) {
    const auto [entry, added] = graph.constants.emplace(unique, constant);
    if (added || entry->second == constant) return unique;
    unique = name + "_" + std::to_string(copy);
  }
}

std::string Conversion::add_constant(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kCPU, at::kFloat).contiguous();
  const float* data = values.const_data_ptr<float>();
  return add_constant(
      name, GraphConstant{values.sizes().vec(), std::vector<float>(data, data + values.numel())});
}

const jit::Value* AtenCall::argument(const char* name) const {
  const auto index = node_.schema().argumentIndexWithName(name);
  if (!index) refuse(std::string("its schema has no argument ") + name);
  return node_.input(static_cast<size_t>(*index));
}

bool AtenCall::is_given(const char* name) const {
  const auto index = node_.schema().argumentIndexWithName(name);
  return index && !node_.input(static_cast<size_t>(*index))->mustBeNone();
}

bool AtenCall::is_constant(const char* name) const {
  return jit::toIValue(argument(name)).has_value();
}

bool AtenCall::is_text(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  return value && value->isString();
}

at::Tensor AtenCall::constant(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  if (!value || !(value->isTensor() || value->isScalar()))
    refuse(std::string(name) + " is computed from the image, it must be a parameter or a constant");
  const at::Tensor tensor =
      value->isTensor() ? value->toTensor() : at::scalar_tensor(value->toScalar(), at::kDouble);
  return tensor.to(at::kCPU, at::kFloat).contiguous();
}

std::vector<int64_t> AtenCall::integers(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  if (!value || !value->isIntList()) refuse(std::string(name) + " is not a fixed list of integers");
  return value->toIntVector();
}

int64_t AtenCall::integer(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  if (!value || !value->isInt()) refuse(std::string(name) + " is not a fixed integer");
  return value->toInt();
}

double AtenCall::number(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  if (!value || !value->isScalar()) refuse(std::string(name) + " is not a fixed number");
  return value->toScalar().toDouble();
}

bool AtenCall::flag(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  if (!value || !value->isBool()) refuse(std::string(name) + " is not a fixed flag");
  return value->toBool();
}

std::string AtenCall::text(const char* name) const {
  const auto value = jit::toIValue(argument(name));
  if (!value || !value->isString()) refuse(std::string(name) + " is not a fixed word");
  return value->toStringRef();
}

std::vector<int64_t> AtenCall::shape(const char* name) const {
  return shape_of(*argument(name));
}

std::vector<int64_t> AtenCall::output_shape() const {
  return shape_of(*node_.output(0));
}

std::vector<std::vector<int64_t>> AtenCall::output_shapes() const {
  const auto& uses = node_.output(0)->uses();
  if (uses.size() != 1 || uses[0].user->kind() != c10::prim::ListUnpack)
    refuse("its list must be taken apart");
  std::vector<std::vector<int64_t>> shapes;
  for (const jit::Value* part : uses[0].user->outputs()) shapes.push_back(shape_of(*part));
  return shapes;
}

at::ScalarType AtenCall::type(const char* name) const {
  return type_of(*argument(name));
}

at::ScalarType AtenCall::output_type() const {
  return type_of(*node_.output(0));
}

std::string AtenCall::value(const char* name) const {
  const auto found = conversion_.names.find(argument(name));
  if (found == conversion_.names.end())
    refuse(std::string(name) + " is a constant, it must be computed from the image");
  return found->second;
}

std::vector<AtenCall::Element> AtenCall::elements(const char* name) const {
  const jit::Value* list = argument(name);
  std::vector<Element> found;
  if (const auto whole = conversion_.lists.find(list); whole != conversion_.lists.end()) {
    for (const std::string& value : whole->second) found.push_back({value, {}});
    return found;
  }
  if (list->node()->kind() != c10::prim::ListConstruct)
    refuse(std::string(name) + " is not a fixed list");
  for (const jit::Value* element : list->node()->inputs()) {
    if (const auto value = conversion_.names.find(element); value != conversion_.names.end()) {
      found.push_back({value->second, {}});
      continue;
    }
    const auto constant = jit::toIValue(element);
    if (!constant || !constant->isTensor()) refuse(std::string(name) + " holds no tensor");
    found.push_back({"", constant->toTensor().to(at::kCPU, at::kFloat).contiguous()});
  }
  return found;
}

std::string AtenCall::add_constant(const char* name, const at::Tensor& tensor) const {
  std::string wanted = std::string(node_.kind().toUnqualString()) + "." + name;
  const bool is_argument = node_.schema().argumentIndexWithName(name).has_value();
  const auto original = is_argument ? jit::toIValue(argument(name)) : std::nullopt;
  if (original && original->isTensor()) {
    const auto found = conversion_.parameter_names.find(original->toTensor().const_data_ptr());
    if (found != conversion_.parameter_names.end()) wanted = found->second;
  }
  return conversion_.add_constant(wanted, tensor);
}

std::string AtenCall::add_constant(const std::string& name, std::vector<int64_t> values) const {
  const auto size = static_cast<int64_t>(values.size());
  return conversion_.add_constant(std::string(node_.kind().toUnqualString()) + "." + name,
                                  GraphConstant{{size}, std::move(values)});
}

std::string AtenCall::emit(const std::string& op, std::vector<std::string> inputs,
                           Attributes attributes) const {
  auto& nodes = conversion_.graph.nodes;
  const std::string name = op + "_" + std::to_string(nodes.size());
  nodes.push_back({op, name, std::move(inputs), name, std::move(attributes)});
  return name;
}

void AtenCall::finish(const std::string& op, std::vector<std::string> inputs,
                      Attributes attributes) const {
  finish_as(emit(op, std::move(inputs), std::move(attributes)));
}

void AtenCall::finish_as(const std::string& value) const {
  conversion_.names[node_.output(0)] = value;
}

void AtenCall::finish_as(const std::vector<std::string>& values) const {
  conversion_.lists[node_.output(0)] = values;
}

void AtenCall::refuse(const std::string& reason) const {
  throw std::runtime_error(std::string("export: ") + node_.kind().toQualString() + ": " + reason);
}

}  // namespace gmtrain
