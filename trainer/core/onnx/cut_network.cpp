// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/cut_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "core/onnx/gm_head_function.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"
#include "core/onnx/opset.hpp"
#include "core/onnx/simplify.hpp"

namespace gmtrain {
namespace {

using Node = onnx::NodeProto;

/// Takes away what does not lead to `wanted`.
void prune(onnx::GraphProto& graph, const std::vector<std::string>& wanted) {
  const std::set<std::string> needed = GraphView(graph).before(wanted);
  const auto is_needed = [&](const std::string& name) { return needed.count(name) != 0; };
  OnnxNodes nodes;
  for (Node& node : *graph.mutable_node())
    if (std::any_of(node.output().begin(), node.output().end(), is_needed))
      *nodes.Add() = std::move(node);
  *graph.mutable_node() = std::move(nodes);
  auto& tensors = *graph.mutable_initializer();
  tensors.erase(std::remove_if(tensors.begin(), tensors.end(),
                               [&](const auto& tensor) { return !is_needed(tensor.name()); }),
                tensors.end());
}

bool is_taken(const std::string& name) {
  static const std::set<std::string> taken = [] {
    std::set<std::string> names{kImageName, kFeaturesName, kScoresName, kMixtureFeatures};
    names.insert(kHeadOutputs.begin(), kHeadOutputs.end());
    names.insert(kHeadConstants.begin(), kHeadConstants.end());
    return names;
  }();
  if (taken.count(name) != 0) return true;
  return name.rfind("pixels/", 0) == 0 || name.rfind("head/", 0) == 0 ||
         name.rfind("GMHead/", 0) == 0;
}

/// Values and nodes that are called as ours are get a prefix: OpenCV goes by both names.
/// @return what each value is called now
std::map<std::string, std::string> make_way(onnx::GraphProto& graph) {
  std::map<std::string, std::string> names;
  const auto look = [&](const std::string& name) {
    if (is_taken(name)) names[name] = "network/" + name;
  };
  for (Node& node : *graph.mutable_node()) {
    for (const std::string& output : node.output()) look(output);
    if (is_taken(node.name())) node.set_name("network/" + node.name());
  }
  for (const auto& tensor : graph.initializer()) look(tensor.name());
  for (const auto& input : graph.input()) look(input.name());
  rename(graph, names);
  return names;
}

void check_scaling(const PixelScaling& pixels, int64_t channels) {
  const auto fits = [&](const std::vector<double>& values) {
    return values.size() == 1 || static_cast<int64_t>(values.size()) == channels;
  };
  if (!fits(pixels.mean) || !fits(pixels.deviation))
    throw std::invalid_argument(
        fmt::format("expected a mean and a deviation for each of {} channels, or one for all, got "
                    "{} and {}",
                    channels, pixels.mean.size(), pixels.deviation.size()));
  const auto positive = [](double value) { return value > 0; };
  if (!positive(pixels.scale) ||
      !std::all_of(pixels.deviation.begin(), pixels.deviation.end(), positive))
    throw std::invalid_argument("expected a scale and deviations above 0");
}

/// pixel - mean / scale, times scale / deviation. @return the value of scaled pixels
std::string add_scaling(const PixelScaling& pixels, int64_t channels, onnx::GraphProto& graph,
                        OnnxNodes& nodes) {
  std::vector<float> shift, factor;
  for (int64_t c = 0; c < channels; ++c) {
    shift.push_back(static_cast<float>(pixels.mean[pixels.mean.size() > 1 ? c : 0] / pixels.scale));
    factor.push_back(
        static_cast<float>(pixels.scale / pixels.deviation[pixels.deviation.size() > 1 ? c : 0]));
  }
  std::string value = kImageName;
  const auto apply = [&](const char* op, const std::string& name, std::vector<float> values,
                         float neutral) {
    const auto is_neutral = [&](float x) { return x == neutral; };
    if (std::all_of(values.begin(), values.end(), is_neutral)) return;
    const std::vector<int64_t> shape =
        channels == 1 ? std::vector<int64_t>{1} : std::vector<int64_t>{channels, 1, 1};
    add_constant(graph, name + "_by", {shape, std::move(values)});
    add_node(nodes, op, {value, name + "_by"}, name);
    value = name;
  };
  apply("Sub", "pixels/shifted", shift, 0);
  apply("Mul", "pixels/scaled", factor, 1);
  return value;
}

/// Puts scaling and the order of axes before the network's nodes.
void add_front(const Classifier& classifier, const PixelScaling& pixels, const std::string& input,
               onnx::GraphProto& graph) {
  OnnxNodes nodes;
  const std::string planes = add_scaling(pixels, classifier.input.channels, graph, nodes);
  std::map<std::string, std::string> names{{input, planes}};
  OnnxNodes rest;
  if (classifier.input.channels_last) {
    bool read = false;
    for (Node& node : *graph.mutable_node()) {
      const bool reads = std::count(node.input().begin(), node.input().end(), input) > 0;
      if (reads && node.op_type() == "Transpose" &&
          integers_of(node, "perm") == std::vector<int64_t>{0, 3, 1, 2}) {
        names[node.output(0)] = planes;  // there and back
        continue;
      }
      read = read || reads;
      *rest.Add() = std::move(node);
    }
    *graph.mutable_node() = std::move(rest);
    names[input] = "pixels/channels_last";
    if (read)
      add_node(nodes, "Transpose", {planes}, "pixels/channels_last",
               {{"perm", std::vector<int64_t>{0, 2, 3, 1}}});
  }
  rename(graph, names);
  for (Node& node : *graph.mutable_node()) *nodes.Add() = std::move(node);
  *graph.mutable_node() = std::move(nodes);
}

/// The values at the cut as outputs [N,D] or [N,D+E], and [N,K].
/// @param called what a value of the classifier is called by now
template <class Called>
void add_outputs(const Cut& cut, bool with_scores, int64_t batch, Called called,
                 onnx::GraphProto& graph) {
  OnnxNodes& nodes = *graph.mutable_node();
  const EarlierMap& earlier = cut.earlier;
  const std::string own = earlier.tensor.empty() ? kFeaturesName : "head/last_features";
  if (cut.rank == 4 && cut.pixels != 1)
    add_pooling(nodes, called(cut.tensor), own, cut.channels_last, true);
  else
    add_node(nodes, cut.rank == 4 ? "Flatten" : "Identity", {called(cut.tensor)}, own);
  if (!earlier.tensor.empty()) {
    const char* kEarlier = "head/earlier_features";
    add_pooling(nodes, called(earlier.tensor), kEarlier, earlier.channels_last, true);
    add_node(nodes, "Concat", {own, kEarlier}, kFeaturesName, {{"axis", int64_t{1}}});
  }
  describe(*graph.add_output(), kFeaturesName, {cut.dimension + earlier.channels}, batch);
  if (!with_scores) return;
  add_node(nodes, "Flatten", {called(cut.scores)}, kScoresName);
  describe(*graph.add_output(), kScoresName, {cut.classes}, batch);
}

}  // namespace

onnx::ModelProto cut_network(const Classifier& classifier, const Cut& cut,
                             const CutOptions& options) {
  check_scaling(options.pixels, classifier.input.channels);
  if (cut.dimension <= 0)
    throw std::runtime_error("the number of features at " + cut.tensor + " is not known");
  onnx::ModelProto model = classifier.model;
  onnx::GraphProto& graph = *model.mutable_graph();
  std::vector<std::string> wanted{cut.tensor};
  const bool with_scores = options.with_scores && !cut.scores.empty() && cut.classes > 0;
  if (with_scores) wanted.push_back(cut.scores);
  if (!cut.earlier.tensor.empty()) wanted.push_back(cut.earlier.tensor);
  prune(graph, wanted);
  simplify(graph, {wanted.begin(), wanted.end()}, options.any_batch);
  prune(graph, wanted);

  const auto renamed = make_way(graph);
  const auto called = [&](const std::string& value) {
    const auto found = renamed.find(value);
    return found == renamed.end() ? value : found->second;
  };
  const int64_t batch = options.any_batch ? 0 : 1;
  const auto [name, last, channels, height, width] = classifier.input;
  add_front(classifier, options.pixels, called(name), graph);
  graph.clear_input();
  graph.clear_output();
  graph.clear_value_info();
  describe(*graph.add_input(), kImageName, {channels, height, width}, batch);
  add_outputs(cut, with_scores, batch, called, graph);
  model.set_ir_version(kOnnxIrVersion);
  raise_to_opset_17(model);
  return model;
}

}  // namespace gmtrain
