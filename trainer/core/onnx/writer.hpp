// SPDX-License-Identifier: Apache-2.0
// Network and head as one ONNX file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/onnx/gm_head.hpp"
#include "core/onnx/graph.hpp"

namespace gmtrain {

/// What the file says of its making; nothing in it changes what the model computes.
struct ModelInfo {
  std::string producer = "gmtrain", producer_version;
  std::string description;
  std::map<std::string, std::string> metadata;
};

/// The serialised ModelProto (IR 8, opset 17): `image` [N,C,H,W], N free, through `graph` and the
/// node dnn_gm.GMHead to prob [N,K], log_likelihood, log_density, distance, p_value and class
/// [N,1]. It has passed ONNX's checker and strict shape inference, with a known shape for every
/// value. The same arguments give the same bytes.
///
/// @throws std::invalid_argument if the head is wrong in itself or does not fit the graph
/// @throws std::runtime_error with ONNX's message if the model is not valid
std::string onnx_bytes(const NetworkGraph& graph, const GmHead& head, const ModelInfo& info = {});

/// onnx_bytes() into a file, which appears only when it is complete.
void write_onnx(const NetworkGraph& graph, const GmHead& head, const std::filesystem::path& file,
                const ModelInfo& info = {});

/// Writes a graph from images to scores of the classes [N,K] as it is, without a head: what
/// gmattach takes.
void write_classifier(const NetworkGraph& graph, const std::filesystem::path& file);

}  // namespace gmtrain
