// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "core/onnx/fold_batch_norm.hpp"

namespace gmtrain::test {
namespace {

using Floats = std::vector<float>;

Floats random_values(size_t count, double low, double high) {
  static std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(static_cast<float>(low), static_cast<float>(high));
  Floats values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

/// image -> layer -> norm -> Relu, with 4 output channels of 18 weights each.
constexpr size_t kOutputs = 4, kWeights = 18;

NetworkGraph layer_and_norm(const std::string& op, bool bias) {
  NetworkGraph graph;
  graph.output = "out";
  GraphNode layer{op, "layer", {"image", "w"}, "layered", {}};
  if (op == "Gemm") layer.attributes["transB"] = int64_t{1};
  if (bias) layer.inputs.push_back("b");
  graph.nodes = {layer,
                 {"BatchNormalization",
                  "norm",
                  {"layered", "gamma", "beta", "mean", "var"},
                  "normed",
                  {{"epsilon", 1e-3F}}},
                 {"Relu", "relu", {"normed"}, "out", {}}};
  const std::vector<int64_t> shape =
      op == "Conv" ? std::vector<int64_t>{4, 2, 3, 3} : std::vector<int64_t>{4, 18};
  graph.constants["w"] = {shape, random_values(kOutputs * kWeights, -1, 1)};
  if (bias) graph.constants["b"] = {{4}, random_values(kOutputs, -1, 1)};
  graph.constants["gamma"] = {{4}, random_values(kOutputs, -2, 2)};
  graph.constants["beta"] = {{4}, random_values(kOutputs, -1, 1)};
  graph.constants["mean"] = {{4}, random_values(kOutputs, -3, 3)};
  graph.constants["var"] = {{4}, random_values(kOutputs, 0.01, 4)};
  return graph;
}

const Floats& floats(const NetworkGraph& graph, const std::string& name) {
  return std::get<Floats>(graph.constants.at(name).data);
}

/// Output channel c of the first node for one patch of the input, in float64.
double apply_layer(const NetworkGraph& graph, const Floats& patch, size_t c) {
  const GraphNode& layer = graph.nodes.at(0);
  double sum = layer.inputs.size() == 3 ? floats(graph, layer.inputs[2])[c] : 0;
  for (size_t i = 0; i < kWeights; ++i)
    sum += static_cast<double>(floats(graph, layer.inputs[1])[c * kWeights + i]) * patch[i];
  return sum;
}

double apply_norm(const NetworkGraph& graph, double x, size_t c) {
  const double deviation = std::sqrt(floats(graph, "var")[c] + 1e-3);
  return (x - floats(graph, "mean")[c]) / deviation * floats(graph, "gamma")[c] +
         floats(graph, "beta")[c];
}

size_t count_norms(const NetworkGraph& graph) {
  size_t count = 0;
  for (const GraphNode& node : graph.nodes) count += node.op == "BatchNormalization" ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_fold_batch_norm)

BOOST_AUTO_TEST_CASE(folded_layers_compute_the_same) {
  for (const std::string op : {"Conv", "Gemm"}) {
    for (const bool bias : {false, true}) {
      BOOST_TEST_CONTEXT(op << (bias ? " with bias" : " without bias")) {
        const NetworkGraph original = layer_and_norm(op, bias);
        NetworkGraph folded = original;
        fold_batch_norm(folded);
        BOOST_TEST(folded.nodes.size() == 2U);
        BOOST_TEST(folded.nodes[0].output == folded.nodes[1].inputs[0]);
        BOOST_TEST(folded.constants.size() == 2U);
        const Floats patch = random_values(kWeights, 0, 1);
        for (size_t c = 0; c < kOutputs; ++c) {
          const double expected = apply_norm(original, apply_layer(original, patch, c), c);
          // One rounding to float32 for each of the 19 terms, none larger than 40.
          BOOST_TEST(std::abs(apply_layer(folded, patch, c) - expected) < 19 * 40 * 6e-8);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_norm_whose_input_is_read_elsewhere_stays) {
  NetworkGraph graph = layer_and_norm("Conv", true);
  graph.nodes.push_back({"Add", "sum", {"layered", "out"}, "sum", {}});
  graph.output = "sum";
  const NetworkGraph before = graph;
  fold_batch_norm(graph);
  BOOST_TEST((graph == before));
}

BOOST_AUTO_TEST_CASE(a_norm_whose_input_is_the_networks_output_stays) {
  NetworkGraph graph = layer_and_norm("Conv", true);
  graph.output = "layered";
  fold_batch_norm(graph);
  BOOST_TEST(count_norms(graph) == 1U);
}

BOOST_AUTO_TEST_CASE(a_norm_after_another_operator_stays) {
  NetworkGraph graph = layer_and_norm("Conv", true);
  graph.nodes[1].inputs[0] = "image";
  fold_batch_norm(graph);
  BOOST_TEST(count_norms(graph) == 1U);

  graph = layer_and_norm("Gemm", true);
  graph.nodes[0].attributes["transB"] = int64_t{0};  // rows of the weights are not outputs
  fold_batch_norm(graph);
  BOOST_TEST(count_norms(graph) == 1U);
}

BOOST_AUTO_TEST_CASE(shared_weights_are_not_changed) {
  NetworkGraph graph = layer_and_norm("Conv", true);
  graph.nodes.push_back({"Conv", "again", {"out", "w", "b"}, "twice", {}});
  graph.output = "twice";
  const GraphConstant shared = graph.constants["w"];
  fold_batch_norm(graph);
  BOOST_TEST(count_norms(graph) == 0U);
  BOOST_TEST((graph.constants.at("w") == shared));
  BOOST_TEST(graph.nodes[0].inputs[1] != "w");
}

BOOST_AUTO_TEST_CASE(two_norms_in_a_row_are_both_folded) {
  NetworkGraph graph = layer_and_norm("Conv", false);
  GraphNode second = graph.nodes[1];
  second.name = "second";
  second.inputs[0] = "normed";
  second.output = "normed_twice";
  graph.nodes[2].inputs[0] = "normed_twice";
  graph.nodes.insert(graph.nodes.begin() + 2, second);
  const NetworkGraph original = graph;
  fold_batch_norm(graph);
  BOOST_TEST(graph.nodes.size() == 2U);
  const Floats patch = random_values(kWeights, 0, 1);
  for (size_t c = 0; c < kOutputs; ++c) {
    const double once = apply_norm(original, apply_layer(original, patch, c), c);
    const double expected = apply_norm(original, once, c);
    BOOST_TEST(std::abs(apply_layer(graph, patch, c) - expected) <
               1e-5 * (1 + std::abs(expected)) + 19 * 800 * 6e-8);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
