// SPDX-License-Identifier: Apache-2.0
// Classifiers that are small enough to be written down.
#pragma once

#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>

#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/onnx/model_parts.hpp"

namespace gmattach::test {

struct Weight {
  std::string name;
  std::vector<int64_t> shape;
};

/// Values of no pattern within +-0.5, the same everywhere.
inline std::vector<float> some_values(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  std::mt19937 random(1);
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(random()) / 4294967296.F - 0.5F);
  return values;
}

/// @param nodes in ONNX's text form, between the braces of a graph
inline onnx::ModelProto network(int opset, const std::string& input, const std::string& output,
                                const std::string& nodes, const std::vector<Weight>& weights) {
  const std::string text = "<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) +
                           "]>\nnet (" + input + ") => (" + output + ") {" + nodes + "}";
  onnx::ModelProto model;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  if (!status.IsOK()) throw std::logic_error(status.ErrorMessage());
  for (const auto& [name, shape] : weights)
    gmtrain::add_constant(*model.mutable_graph(), name, {shape, some_values(shape)});
  return model;
}

}  // namespace gmattach::test
