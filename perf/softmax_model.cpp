// SPDX-License-Identifier: Apache-2.0
// Writes a network with a softmax layer in the place of its GMHead, for end_to_end.py:
//   softmax_model MODEL.onnx OUT.onnx
//   softmax_model MODEL.onnx OUT.onnx ORIGINAL.onnx    where gmattach made MODEL of ORIGINAL
// Of a head with one variance the layer has the posterior; an original keeps its own last layer.
#include <onnx/checker.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/files/atomic_file.hpp"
#include "core/onnx/classifier.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"

namespace {

using gmtrain::add_constant, gmtrain::add_node;
using onnx::GraphProto;
using onnx::ModelProto;
using onnx::NodeProto;

/// With GMHead, which is no operator of ONNX's own.
ModelProto read(const char* file) {
  ModelProto model;
  if (!model.ParseFromString(gmtrain::read_file(file)))
    throw std::runtime_error(std::string(file) + ": expected an ONNX model");
  return model;
}

std::vector<float> values_of(const GraphProto& graph, const std::string& name) {
  const auto* tensor = gmtrain::GraphView(graph).constant(name);
  if (tensor == nullptr) throw std::runtime_error("expected a constant " + name);
  std::vector<float> values(tensor->raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor->raw_data().data(), tensor->raw_data().size());
  return values;
}

/// The affine layer whose softmax is the posterior of Gaussians with one variance.
void replace_head(GraphProto& graph) {
  const NodeProto head = graph.node(graph.node_size() - 1);
  if (head.op_type() != "GMHead") throw std::runtime_error("expected a GMHead at the end");
  graph.mutable_node()->RemoveLast();
  const auto means = values_of(graph, "means"), priors = values_of(graph, "log_priors");
  const auto log_variances = values_of(graph, "log_variances");
  if (log_variances.size() != 1) throw std::runtime_error("expected one variance of all classes");
  const size_t classes = priors.size(), dimension = means.size() / classes;
  const float precision = std::exp(-log_variances[0]);
  std::vector<float> weights, biases;
  for (size_t k = 0; k < classes; ++k) {
    float square = 0;
    for (size_t i = k * dimension; i < (k + 1) * dimension; ++i) {
      weights.push_back(precision * means[i]);
      square += means[i] * weights.back();
    }
    biases.push_back(priors[k] - square / 2);
  }
  const std::set<std::string> of_head(gmtrain::kHeadConstants.begin(),
                                      gmtrain::kHeadConstants.end());
  auto& all = *graph.mutable_initializer();
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const auto& tensor) { return of_head.count(tensor.name()) > 0; }),
            all.end());
  const auto K = static_cast<int64_t>(classes), D = static_cast<int64_t>(dimension);
  add_constant(graph, "weights", {{K, D}, weights});
  add_constant(graph, "biases", {{K}, biases});
  add_node(*graph.mutable_node(), "Gemm", {head.input(0), "weights", "biases"}, "logits",
           {{"transB", int64_t{1}}});
}

/// The nodes that scale pixels, and then those of the original.
void take_original(GraphProto& graph, const GraphProto& original) {
  GraphProto made;
  *made.mutable_input() = graph.input();
  *made.mutable_output() = graph.output();
  made.set_name(graph.name());
  std::string last = graph.input(0).name();
  for (const auto& tensor : graph.initializer())
    if (tensor.name().rfind("pixels/", 0) == 0) *made.add_initializer() = tensor;
  for (const auto& node : graph.node()) {
    if (node.output(0).rfind("pixels/", 0) != 0) continue;
    *made.add_node() = node;
    last = node.output(0);
  }
  made.mutable_initializer()->MergeFrom(original.initializer());
  for (NodeProto node : original.node()) {
    for (auto& input : *node.mutable_input())
      if (input == original.input(0).name()) input = last;
    for (auto& output : *node.mutable_output())
      if (output == original.output(0).name()) output = "logits";
    *made.add_node() = node;
  }
  graph = made;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 1;
  ModelProto model = read(argv[1]);
  GraphProto& graph = *model.mutable_graph();
  if (argc == 4) {
    // Of opset 17, as the model.
    take_original(graph,
                  gmtrain::classifier_of(gmtrain::read_file(argv[3]), argv[3]).model.graph());
  } else {
    replace_head(graph);
  }
  add_node(*graph.mutable_node(), "Softmax", {"logits"}, "prob", {{"axis", int64_t{1}}});
  while (graph.output_size() > 1) graph.mutable_output()->RemoveLast();
  model.clear_functions();
  while (model.opset_import_size() > 1) model.mutable_opset_import()->RemoveLast();
  onnx::checker::check_model(model);
  gmtrain::write_file(argv[2], gmtrain::to_bytes(model));
}
