// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <set>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/onnx/gm_head_function.hpp"
#include "core/onnx/model_parts.hpp"

namespace gmtrain {
namespace {

void check_fit(const NetworkGraph& graph, const GmHead& head) {
  if (graph.output_dimension != head.dimension)
    throw std::invalid_argument(fmt::format("the network makes {} features, GMHead expects {}",
                                            graph.output_dimension, head.dimension));
  const auto& how = head.preparation;
  const std::array<int64_t, 3> wanted{how.channels(), how.inputSize.height, how.inputSize.width};
  if (graph.input_shape != wanted)
    throw std::invalid_argument(fmt::format("the network takes images [{}], GMHead says [{}]",
                                            fmt::join(graph.input_shape, ","),
                                            fmt::join(wanted, ",")));
  std::set<std::string> taken(kHeadOutputs.begin(), kHeadOutputs.end());
  taken.insert(kHeadConstants.begin(), kHeadConstants.end());
  for (const auto& constant : graph.constants)
    if (taken.count(constant.first) != 0)
      throw std::invalid_argument("the network has a constant named " + constant.first +
                                  ", as GMHead has");
  for (const GraphNode& node : graph.nodes)
    if (taken.count(node.output) != 0)
      throw std::invalid_argument("the network has a value named " + node.output +
                                  ", as GMHead has");
}

void add_network(onnx::GraphProto& graph, const NetworkGraph& network) {
  graph.set_name("classifier");
  describe(*graph.add_input(), network.input,
           {network.input_shape.begin(), network.input_shape.end()});
  for (const auto& [name, constant] : network.constants) add_constant(graph, name, constant);
  for (const GraphNode& node : network.nodes) add_node(*graph.mutable_node(), node);
}

onnx::ModelProto build(const NetworkGraph& network, const GmHead& head, const ModelInfo& info) {
  onnx::ModelProto model = empty_model(head, info);
  add_network(*model.mutable_graph(), network);
  add_head(*model.mutable_graph(), head, network.output);
  return model;
}

}  // namespace

std::string onnx_bytes(const NetworkGraph& graph, const GmHead& head, const ModelInfo& info) {
  check(head);
  check_fit(graph, head);
  return checked_bytes(build(graph, head, info), KnownShapes::all);
}

void write_onnx(const NetworkGraph& graph, const GmHead& head, const std::filesystem::path& file,
                const ModelInfo& info) {
  write_file(file, onnx_bytes(graph, head, info));
}

void write_classifier(const NetworkGraph& graph, const std::filesystem::path& file) {
  onnx::ModelProto model;
  model.set_ir_version(kOnnxIrVersion);
  model.set_producer_name(ModelInfo{}.producer);
  model.add_opset_import()->set_version(kOnnxOpset);
  add_network(*model.mutable_graph(), graph);
  describe(*model.mutable_graph()->add_output(), graph.output, {graph.output_dimension});
  write_file(file, to_bytes(model));
}

}  // namespace gmtrain
