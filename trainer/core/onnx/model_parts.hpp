// SPDX-License-Identifier: Apache-2.0
// What every model with a GMHead is made of, however its network came about.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "core/onnx/gm_head.hpp"
#include "core/onnx/graph.hpp"
#include "core/onnx/writer.hpp"

namespace gmtrain {

/// The six outputs of a model, in the operator's order.
constexpr std::array<const char*, 6> kHeadOutputs = {"prob",     "log_likelihood", "log_density",
                                                     "distance", "p_value",        "class"};
/// The head's constants, by the names that they have in a model.
constexpr std::array<const char*, 4> kHeadConstants = {"means", "log_variances", "log_priors",
                                                       "calibration"};

/// @throws std::invalid_argument naming the constant if the values do not fill the shape
void add_constant(onnx::GraphProto& graph, const std::string& name, const GraphConstant& constant);

using OnnxNodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

void add_node(OnnxNodes& nodes, const GraphNode& node);
/// One that is called as its output.
void add_node(OnnxNodes& nodes, const std::string& op, const std::vector<std::string>& inputs,
              const std::string& output,
              const std::map<std::string, GraphAttribute>& attributes = {});

void add_attribute(onnx::NodeProto& node, const std::string& name, const GraphAttribute& value);

/// A float32 value of shape [N, extents...].
/// @param batch N; 0 leaves it free
void describe(onnx::ValueInfoProto& value, const std::string& name,
              const std::vector<int64_t>& extents, int64_t batch = 0);

/// A model without a graph: versions, the function of GMHead, and what `info` says.
onnx::ModelProto empty_model(const GmHead& head, const ModelInfo& info);

/// The node GMHead with its constants and attributes, and the six outputs of the graph.
/// @param features the name of a value [N,D]
/// @param batch N of the outputs; 0 leaves it free
void add_head(onnx::GraphProto& graph, const GmHead& head, const std::string& features,
              int64_t batch = 0);

/// Which values a model's shape inference must find the shape of.
enum class KnownShapes { all, those_of_the_head };

/// The serialised model, whose last node calls its only local function, once it has passed ONNX's
/// checker and shape inference into the function's body. The same model gives the same bytes.
/// @throws std::runtime_error with ONNX's message, or naming the value whose shape is unknown; for
///                            models of 2 GB or more
std::string checked_bytes(const onnx::ModelProto& model, KnownShapes known);

/// Serialises without checking. @throws std::runtime_error for models of 2 GB or more
std::string to_bytes(const onnx::ModelProto& model);

}  // namespace gmtrain
