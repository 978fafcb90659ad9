// SPDX-License-Identifier: Apache-2.0
// What the exporter makes of a network, and what it refuses.
#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "gmtrain/export/trace.hpp"
#include "trainer/export_networks.hpp"

namespace gmtrain::test {
namespace {

NetworkGraph traced(const NetworkCase& network_case) {
  const auto network = network_case.make();
  return trace_network(
      *network, [&](const torch::Tensor& images) { return network->forward(images); },
      network_case.input_shape);
}

int64_t count(const NetworkGraph& graph, const std::string& op) {
  int64_t found = 0;
  for (const GraphNode& node : graph.nodes) found += node.op == op ? 1 : 0;
  return found;
}

NetworkGraph trace_function(const FeaturesFunction& features) {
  torch::nn::Module none;
  return trace_network(none, features, {1, 4, 4});
}

/// A predicate for BOOST_CHECK_EXCEPTION.
auto says(const std::string& part) {
  return [part](const std::exception& error) {
    BOOST_TEST_INFO(error.what());
    return std::string(error.what()).find(part) != std::string::npos;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(export_trace)

BOOST_AUTO_TEST_CASE(batch_norm_is_folded_where_it_can_be) {
  BOOST_TEST(count(traced(network_case("plain")), "BatchNormalization") == 0);
  // One stands before its convolution.
  BOOST_TEST(count(traced(network_case("residual")), "BatchNormalization") == 1);
}

BOOST_AUTO_TEST_CASE(constants_bear_the_names_of_parameters) {
  const NetworkGraph graph = traced(network_case("plain"));
  BOOST_TEST(graph.constants.count("mean") == 1);
  BOOST_TEST(graph.constants.count("scale") == 1);
  BOOST_TEST(graph.constants.count("body.0.weight_folded") == 1);
  BOOST_TEST(graph.constants.count("body.2.weight") == 1);
  BOOST_TEST(graph.constants.count("embedding.weight") == 1);
  BOOST_TEST(graph.constants.count("embedding.bias") == 1);
  BOOST_TEST(graph.output == "features");
  BOOST_TEST(graph.output_dimension == 100);
}

BOOST_AUTO_TEST_CASE(the_network_is_left_as_it_was) {
  const auto network = network_case("residual").make();
  network->train();
  const auto frozen = network->modules(false).at(1);
  frozen->eval();
  network->parameters()[2].set_requires_grad(false);
  const auto state = [&] {
    std::pair<std::vector<bool>, std::vector<bool>> flags;
    for (const auto& module : network->modules()) flags.first.push_back(module->is_training());
    for (const auto& parameter : network->parameters())
      flags.second.push_back(parameter.requires_grad());
    return flags;
  };
  const auto before = state();
  const auto generator = at::detail::getDefaultCPUGenerator().get_state();
  trace_network(*network, [&](const torch::Tensor& images) { return network->forward(images); },
                {3, 16, 20});
  BOOST_TEST((state() == before));
  BOOST_TEST(torch::equal(at::detail::getDefaultCPUGenerator().get_state(), generator));

  BOOST_CHECK_THROW(
      trace_network(*network, [](const torch::Tensor& x) { return x.flatten(1).cos(); },
                    {3, 16, 20}),
      std::runtime_error);
  BOOST_TEST((state() == before));
}

BOOST_AUTO_TEST_CASE(an_unknown_operator_is_named) {
  BOOST_CHECK_EXCEPTION(
      trace_function([](const torch::Tensor& x) { return x.flatten(1).cumsum(1); }),
      std::runtime_error, says("aten::cumsum"));
}

BOOST_AUTO_TEST_CASE(what_depends_on_the_batch_is_refused) {
  const auto refused = [](const FeaturesFunction& features, const std::string& reason) {
    BOOST_CHECK_EXCEPTION(trace_function(features), std::runtime_error, says(reason));
  };
  refused([](const torch::Tensor& x) { return x.flatten(1) / x.size(0); }, "number of images");
  refused(
      [](const torch::Tensor& x) {
        return x.flatten(1) + torch::ones({x.size(0), 1});
      },
      "varies along the batch");
  refused(
      [](const torch::Tensor& x) {
        return x.view({4, -1}).view({x.size(0), -1});
      },
      "leave the batch axis alone");
  refused(
      [](const torch::Tensor& x) {
        return x.mean({0, 2, 3}).expand({x.size(0), 1});
      },
      "leave the batch axis alone");
  refused([](const torch::Tensor& x) { return x; }, "features [N,D]");
  refused([](const torch::Tensor& x) { return torch::ones({x.size(0), 2}); }, "depend");
  torch::nn::BatchNorm2d norm(
      torch::nn::BatchNorm2dOptions(1).affine(false).track_running_stats(false));
  refused([&](const torch::Tensor& x) { return norm(x).flatten(1); }, "running statistics");
}

BOOST_AUTO_TEST_CASE(forms_that_opencv_lacks_are_refused) {
  const auto refused = [](const FeaturesFunction& features, const std::string& reason) {
    BOOST_CHECK_EXCEPTION(trace_function(features), std::runtime_error, says(reason));
  };
  refused([](const torch::Tensor& x) { return torch::max_pool2d(x, 2, 1, 0, 2).flatten(1); },
          "dilated");
  refused([](const torch::Tensor& x) { return torch::avg_pool2d(x, 3, 2, 0, true).flatten(1); },
          "ceil_mode");
  refused([](const torch::Tensor& x) { return (x * x.slice(3, 0, 1)).flatten(1); }, "broadcasting");
}

BOOST_AUTO_TEST_CASE(conversions_are_refused_unless_they_change_nothing) {
  for (const auto type : {torch::kHalf, torch::kDouble, torch::kByte}) {
    BOOST_CHECK_EXCEPTION(
        trace_function([&](const torch::Tensor& x) { return x.to(type).to(x).flatten(1); }),
        std::runtime_error, says("aten::to"));
  }
  const auto graph = trace_function(
      [](const torch::Tensor& x) { return x.to(torch::kCPU, torch::kFloat).flatten(1); });
  BOOST_TEST(graph.nodes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_shared_layer_keeps_its_weights_when_one_use_is_folded) {
  torch::manual_seed(3);
  torch::nn::Conv2d shared(torch::nn::Conv2dOptions(1, 1, 3).padding(1));
  torch::nn::BatchNorm2d norm(1);
  {
    const torch::NoGradGuard no_grad;
    norm->running_var.fill_(4);
  }
  torch::nn::Sequential network(shared, norm);
  const NetworkGraph graph = trace_network(
      *network, [&](const torch::Tensor& x) { return norm(shared(shared(x).relu())).flatten(1); },
      {1, 4, 4});
  BOOST_TEST(count(graph, "BatchNormalization") == 0);
  std::set<std::string> weights;
  for (const GraphNode& node : graph.nodes)
    if (node.op == "Conv") weights.insert(node.inputs[1]);
  BOOST_TEST(weights.size() == 2U);
  const auto& kept = std::get<std::vector<float>>(graph.constants.at("0.weight").data);
  BOOST_TEST(kept.at(0) == shared->weight.flatten()[0].item<float>());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
