// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/fold_batch_norm.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace gmtrain {
namespace {

using Floats = std::vector<float>;

const Floats& floats(const NetworkGraph& graph, const std::string& name) {
  return std::get<Floats>(graph.constants.at(name).data);
}

bool takes_batch_norm(const GraphNode& node) {
  return node.op == "Conv" || (node.op == "Gemm" && node.attributes.count("transB") != 0 &&
                               node.attributes.at("transB") == GraphAttribute(int64_t{1}));
}

int64_t readers(const NetworkGraph& graph, const std::string& value) {
  int64_t count = graph.output == value ? 1 : 0;
  for (const GraphNode& node : graph.nodes)
    count += std::count(node.inputs.begin(), node.inputs.end(), value);
  return count;
}

std::string unused_name(const NetworkGraph& graph, const std::string& wanted) {
  std::string name = wanted;
  for (int copy = 2; graph.constants.count(name) != 0; ++copy)
    name = wanted + "_" + std::to_string(copy);
  return name;
}

void fold_into(NetworkGraph& graph, GraphNode& layer, const GraphNode& norm) {
  const Floats& gamma = floats(graph, norm.inputs[1]);
  const Floats& beta = floats(graph, norm.inputs[2]);
  const Floats& mean = floats(graph, norm.inputs[3]);
  const Floats& variance = floats(graph, norm.inputs[4]);
  const double epsilon = std::get<float>(norm.attributes.at("epsilon"));

  GraphConstant weight = graph.constants.at(layer.inputs[1]);
  GraphConstant bias{{static_cast<int64_t>(gamma.size())}, Floats(gamma.size(), 0.0F)};
  if (layer.inputs.size() == 3) bias.data = floats(graph, layer.inputs[2]);

  Floats& w = std::get<Floats>(weight.data);
  Floats& b = std::get<Floats>(bias.data);
  const size_t row = w.size() / gamma.size();  // output channels are the first axis of both layers
  for (size_t c = 0; c < gamma.size(); ++c) {
    const double s = gamma[c] / std::sqrt(variance[c] + epsilon);
    for (size_t i = c * row; i < (c + 1) * row; ++i) w[i] = static_cast<float>(s * w[i]);
    b[c] = static_cast<float>(s * (static_cast<double>(b[c]) - mean[c]) + beta[c]);
  }

  // New names, because another layer may share the unfolded constants.
  layer.inputs = {layer.inputs[0], unused_name(graph, layer.inputs[1] + "_folded"),
                  unused_name(graph, norm.inputs[2] + "_folded")};
  graph.constants[layer.inputs[1]] = std::move(weight);
  graph.constants[layer.inputs[2]] = std::move(bias);
  layer.output = norm.output;
}

void drop_unread_constants(NetworkGraph& graph) {
  std::set<std::string> read;
  for (const GraphNode& node : graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  for (auto it = graph.constants.begin(); it != graph.constants.end();)
    it = read.count(it->first) != 0 ? std::next(it) : graph.constants.erase(it);
}

}  // namespace

void fold_batch_norm(NetworkGraph& graph) {
  std::vector<GraphNode> kept;
  for (GraphNode& node : graph.nodes) {
    if (node.op == "BatchNormalization") {
      const auto layer = std::find_if(kept.begin(), kept.end(), [&](const GraphNode& earlier) {
        return earlier.output == node.inputs[0] && takes_batch_norm(earlier);
      });
      if (layer != kept.end() && readers(graph, node.inputs[0]) == 1) {
        fold_into(graph, *layer, node);
        continue;
      }
    }
    kept.push_back(node);
  }
  graph.nodes = std::move(kept);
  drop_unread_constants(graph);
}

}  // namespace gmtrain
