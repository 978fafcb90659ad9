// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/export/trace.hpp"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/onnx/fold_batch_norm.hpp"
#include "gmtrain/export/aten_to_onnx.hpp"

namespace gmtrain {
namespace jit = torch::jit;
namespace {

constexpr const char* kFeatures = "features";

/// Evaluation mode, and parameters that the tracer takes for constants; both undone at the end.
class EvaluationGuard {
 public:
  explicit EvaluationGuard(torch::nn::Module& network) {
    modes_.emplace_back(&network, network.is_training());
    for (const auto& module : network.modules(/*include_self=*/false))
      modes_.emplace_back(module.get(), module->is_training());
    for (const torch::Tensor& parameter : network.parameters())
      if (parameter.requires_grad()) trained_.push_back(parameter);
    network.eval();
    for (const torch::Tensor& parameter : trained_) parameter.set_requires_grad(false);
  }
  ~EvaluationGuard() {
    // Parents stand before their children, whose mode they would overwrite.
    for (const auto& [module, training] : modes_) module->train(training);
    for (const torch::Tensor& parameter : trained_) parameter.set_requires_grad(true);
  }
  EvaluationGuard(const EvaluationGuard&) = delete;
  EvaluationGuard& operator=(const EvaluationGuard&) = delete;

 private:
  std::vector<std::pair<torch::nn::Module*, bool>> modes_;
  std::vector<torch::Tensor> trained_;
};

torch::TensorOptions input_options(const torch::nn::Module& network) {
  for (const auto& tensors : {network.parameters(), network.buffers()})
    for (const torch::Tensor& tensor : tensors)
      if (tensor.is_floating_point()) return tensor.options();
  return torch::kFloat;
}

/// A tensor filled with one number is that number to whatever broadcasts: `1 - x` makes one.
void replace_fills(jit::Graph& graph) {
  for (jit::Node* node : graph.nodes()) {
    if (node->kind() != c10::aten::full_like) continue;
    const auto number = jit::toIValue(node->namedInput("fill_value"));
    if (!number) continue;
    const jit::WithInsertPoint before(node);
    node->output()->replaceAllUsesWith(
        graph.insertConstant(at::scalar_tensor(number->toScalar(), at::kFloat)));
  }
}

std::shared_ptr<jit::Graph> record(const FeaturesFunction& features, const torch::Tensor& images) {
  const auto run = [&](const jit::Stack& inputs) -> jit::Stack {
    return {features(inputs.at(0).toTensor())};
  };
  const auto no_names = [](const torch::Tensor&) { return std::string(); };
  constexpr bool kStrict = true, kForceOutOfPlace = true;
  auto graph = jit::tracer::trace({images}, run, no_names, kStrict, kForceOutOfPlace).first->graph;
  jit::ConstantPropagation(graph);  // also evaluates what depends on parameters alone
  replace_fills(*graph);
  jit::EliminateDeadCode(graph);
  return graph;
}

std::map<const void*, std::string> names_by_address(const torch::nn::Module& network) {
  std::map<const void*, std::string> names;
  for (const auto& parameter : network.named_parameters())
    names.emplace(parameter.value().const_data_ptr(), parameter.key());
  for (const auto& buffer : network.named_buffers())
    names.emplace(buffer.value().const_data_ptr(), buffer.key());
  return names;
}

/// The last operator goes by a name that an application can ask for.
void name_output(NetworkGraph& graph, const std::string& value) {
  for (GraphNode& node : graph.nodes) {
    if (node.output == value) node.name = node.output = kFeatures;
    for (std::string& input : node.inputs)
      if (input == value) input = kFeatures;
  }
  graph.output = value == graph.input ? value : kFeatures;
}

NetworkGraph to_onnx(const jit::Graph& recorded, const torch::nn::Module& network,
                     const std::array<int64_t, 3>& input_shape, int64_t dimension) {
  Conversion conversion;
  conversion.parameter_names = names_by_address(network);
  conversion.graph.input_shape = input_shape;
  conversion.graph.output_dimension = dimension;
  conversion.names[recorded.inputs().at(0)] = conversion.graph.input;
  for (const jit::Node* node : recorded.nodes()) {
    if (node->kind() == c10::prim::Constant || node->kind() == c10::prim::ListConstruct) continue;
    if (node->kind() == c10::prim::ListUnpack) {
      const auto& parts = conversion.lists.at(node->input());
      for (size_t i = 0; i < parts.size(); ++i) conversion.names[node->output(i)] = parts[i];
      continue;
    }
    convert(AtenCall(*node, conversion), node->kind().toQualString());
  }
  const auto output = conversion.names.find(recorded.outputs().at(0));
  if (output == conversion.names.end())
    throw std::runtime_error("export: the features do not depend on the image");
  name_output(conversion.graph, output->second);
  fold_batch_norm(conversion.graph);
  return std::move(conversion.graph);
}

NetworkGraph trace_at(int64_t batch, torch::nn::Module& network, const FeaturesFunction& features,
                      const std::array<int64_t, 3>& input_shape) {
  const auto images =
      torch::zeros({batch, input_shape[0], input_shape[1], input_shape[2]}, input_options(network));
  int64_t dimension = 0;
  const auto graph = record(
      [&](const torch::Tensor& input) {
        torch::Tensor result = features(input);
        if (result.dim() != 2 || result.size(0) != batch)
          throw std::runtime_error("export: the network must give features [N,D], for N = " +
                                   std::to_string(batch) + " it gave " + c10::str(result.sizes()));
        dimension = result.size(1);
        return result;
      },
      images);
  return to_onnx(*graph, network, input_shape, dimension);
}

}  // namespace

NetworkGraph trace_network(torch::nn::Module& network, const FeaturesFunction& features,
                           const std::array<int64_t, 3>& input_shape) {
  const torch::NoGradGuard no_grad;
  const EvaluationGuard evaluation(network);
  NetworkGraph graph = trace_at(2, network, features, input_shape);
  if (!(graph == trace_at(3, network, features, input_shape)))
    throw std::runtime_error(
        "export: what the network computes depends on the number of images in a batch");
  return graph;
}

}  // namespace gmtrain
