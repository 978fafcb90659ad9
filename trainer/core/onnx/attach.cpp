// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/attach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/onnx/cut_network.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"

namespace gmtrain {
namespace {

void check_fit(const onnx::ModelProto& network, const FeaturePath& path, const GmHead& head) {
  const auto& image = network.graph().input(0);
  const auto& how = head.preparation;
  const int64_t D = extent_of(network.graph().output(0), 1), E = head.dimension;
  if (static_cast<int64_t>(path.centre.size()) != D ||
      static_cast<int64_t>(path.map.size()) != E * D)
    throw std::invalid_argument(
        fmt::format("expected a centre of {} and a map of {} x {} values, got {} and {}", D, E, D,
                    path.centre.size(), path.map.size()));
  if (path.scaled_columns < 0 || path.scaled_columns > D)
    throw std::invalid_argument(
        fmt::format("expected at most {} columns to be scaled, got {}", D, path.scaled_columns));
  if (extent_of(image, 1) != how.channels() || extent_of(image, 2) != how.inputSize.height ||
      extent_of(image, 3) != how.inputSize.width)
    throw std::invalid_argument(
        fmt::format("the network takes images [{},{},{}], GMHead says [{},{},{}]",
                    extent_of(image, 1), extent_of(image, 2), extent_of(image, 3), how.channels(),
                    how.inputSize.height, how.inputSize.width));
}

/// Divides the first columns by sqrt(the sum of their squares + tiny), and the others by 1, with
/// operators that OpenCV 4.6 runs for any number of rows: sums over a row, and their return to its
/// width, are products with ones.
std::string add_unit_length(onnx::GraphProto& graph, int64_t D, int64_t scaled,
                            const std::string& features) {
  std::vector<float> chosen(D, 0.F), others(D, 1.F);
  std::fill_n(chosen.begin(), scaled, 1.F);
  std::fill_n(others.begin(), scaled, 0.F);
  add_constant(graph, "head/column_of_ones", {{D, 1}, chosen});
  add_constant(graph, "head/row_of_ones", {{1, D}, chosen});
  add_constant(graph, "head/tiny", {{1}, std::vector<float>{1e-30F}});
  OnnxNodes& nodes = *graph.mutable_node();
  add_node(nodes, "Mul", {features, features}, "head/squares");
  add_node(nodes, "MatMul", {"head/squares", "head/column_of_ones"}, "head/sum");
  add_node(nodes, "Add", {"head/sum", "head/tiny"}, "head/sum_above_0");
  add_node(nodes, "Sqrt", {"head/sum_above_0"}, "head/length");
  add_node(nodes, "MatMul", {"head/length", "head/row_of_ones"}, "head/lengths");
  std::string divisors = "head/lengths";
  if (scaled < D) {
    divisors = "head/divisors";
    add_constant(graph, "head/ones_of_others", {{D}, others});
    add_node(nodes, "Add", {"head/lengths", "head/ones_of_others"}, divisors);
  }
  add_node(nodes, "Div", {features, divisors}, "head/unit");
  return "head/unit";
}

/// @param E dimensions of the mixture
void add_path(onnx::GraphProto& graph, const FeaturePath& path, int64_t E) {
  const auto D = static_cast<int64_t>(path.centre.size());
  std::vector<float> transposed(path.map.size());
  for (int64_t e = 0; e < E; ++e)
    for (int64_t d = 0; d < D; ++d) transposed[d * E + e] = path.map[e * D + d];
  std::string value = kFeaturesName;
  if (path.scaled_columns > 0) value = add_unit_length(graph, D, path.scaled_columns, value);
  // The centre goes first, so that no offset common to all features costs digits.
  add_constant(graph, "head/centre", {{D}, path.centre});
  add_constant(graph, "head/map", {{D, E}, std::move(transposed)});
  add_node(*graph.mutable_node(), "Sub", {value, "head/centre"}, "head/centred");
  add_node(*graph.mutable_node(), "MatMul", {"head/centred", "head/map"}, kMixtureFeatures);
}

}  // namespace

std::string attached_bytes(const onnx::ModelProto& network, const FeaturePath& path,
                           const GmHead& head, const ModelInfo& info) {
  check(head);
  check_fit(network, path, head);
  onnx::ModelProto model = empty_model(head, info);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph = network.graph();
  graph.clear_output();
  add_path(graph, path, head.dimension);
  add_head(graph, head, kMixtureFeatures, extent_of(graph.input(0), 0));
  return checked_bytes(model, KnownShapes::those_of_the_head);
}

}  // namespace gmtrain
