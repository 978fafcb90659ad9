// SPDX-License-Identifier: Apache-2.0
// One recorded aten call as its converter sees it: arguments by the names of the aten schema, and
// the means to put ONNX operators in its place. Only the exporter's own sources include this.
#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "core/onnx/graph.hpp"

namespace gmtrain {

/// The graph in the making, and which of its values stands for which recorded one.
struct Conversion {
  NetworkGraph graph;
  std::map<const torch::jit::Value*, std::string> names;
  /// Those of a list that one call gives.
  std::map<const torch::jit::Value*, std::vector<std::string>> lists;
  std::map<const void*, std::string> parameter_names;  ///< by address of the data

  /// Adds a constant, float32, under `name` or, where that is taken by another, a name like it.
  std::string add_constant(const std::string& name, const at::Tensor& tensor);
  std::string add_constant(const std::string& name, GraphConstant constant);
};

class AtenCall {
 public:
  AtenCall(const torch::jit::Node& node, Conversion& conversion)
      : node_(node), conversion_(conversion) {}

  /// @name Arguments, by their names in the aten schema
  /// @throws std::runtime_error if the argument is not what it is asked as
  /// @{
  bool is_given(const char* argument) const;        ///< neither None nor absent from the schema
  bool is_constant(const char* argument) const;     ///< a tensor or number known while exporting
  bool is_text(const char* argument) const;         ///< a word
  at::Tensor constant(const char* argument) const;  ///< in float32, contiguous, on the CPU
  std::vector<int64_t> integers(const char* argument) const;
  int64_t integer(const char* argument) const;
  double number(const char* argument) const;
  bool flag(const char* argument) const;
  std::string text(const char* argument) const;
  std::vector<int64_t> shape(const char* argument) const;  ///< batch included
  at::ScalarType type(const char* argument) const;         ///< of a tensor's elements
  std::string value(const char* argument) const;           ///< ONNX name of a computed tensor
  struct Element {
    std::string value;    ///< ONNX name, if it is computed
    at::Tensor constant;  ///< defined if it is not: float32, contiguous, on the CPU
  };
  std::vector<Element> elements(const char* argument) const;  ///< of a list of tensors
  /// @}

  std::vector<int64_t> output_shape() const;
  std::vector<std::vector<int64_t>> output_shapes() const;  ///< of a list
  at::ScalarType output_type() const;

  /// Adds a constant input, named as the parameter whose data the argument `name` is, or by `name`.
  std::string add_constant(const char* name, const at::Tensor& tensor) const;
  std::string add_constant(const std::string& name, std::vector<int64_t> values) const;

  using Attributes = std::map<std::string, GraphAttribute>;
  /// Adds an operator whose output another one of this call reads. @return the output's name
  std::string emit(const std::string& op, std::vector<std::string> inputs,
                   Attributes attributes = {}) const;
  /// Adds the operator that makes the call's output.
  void finish(const std::string& op, std::vector<std::string> inputs,
              Attributes attributes = {}) const;
  /// The call's output is `value` itself.
  void finish_as(const std::string& value) const;
  /// The call's output is a list of these.
  void finish_as(const std::vector<std::string>& values) const;

  /// @throws std::runtime_error naming the call and what of it cannot be exported
  [[noreturn]] void refuse(const std::string& reason) const;
  void require(bool condition, const char* reason) const {
    if (!condition) refuse(reason);
  }

 private:
  const torch::jit::Value* argument(const char* name) const;

  const torch::jit::Node& node_;
  Conversion& conversion_;
};

}  // namespace gmtrain
