// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/cut_network.hpp"

#include <fmt/format.h>
#include <onnx/defs/tensor_proto_util.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "core/onnx/gm_head_function.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"
#include "core/onnx/opset.hpp"

namespace gmtrain {
namespace {

using Node = onnx::NodeProto;
using Nodes = google::protobuf::RepeatedPtrField<Node>;

/// The values that `wanted` depend on.
std::set<std::string> needed_values(const GraphView& view, std::vector<std::string> wanted) {
  std::set<std::string> needed;
  while (!wanted.empty()) {
    const std::string value = std::move(wanted.back());
    wanted.pop_back();
    if (!needed.insert(value).second) continue;
    const Node* node = view.producer(value);
    if (node == nullptr) continue;
    for (std::string& input : inputs_of(*node)) wanted.push_back(std::move(input));
  }
  return needed;
}

/// Takes away what does not lead to `wanted`.
void prune(onnx::GraphProto& graph, const std::vector<std::string>& wanted) {
  const std::set<std::string> needed = needed_values(GraphView(graph), wanted);
  const auto is_needed = [&](const std::string& name) { return needed.count(name) != 0; };
  Nodes nodes;
  for (Node& node : *graph.mutable_node())
    if (std::any_of(node.output().begin(), node.output().end(), is_needed))
      *nodes.Add() = std::move(node);
  *graph.mutable_node() = std::move(nodes);
  auto& tensors = *graph.mutable_initializer();
  tensors.erase(std::remove_if(tensors.begin(), tensors.end(),
                               [&](const auto& tensor) { return !is_needed(tensor.name()); }),
                tensors.end());
}

/// Renames values everywhere, in subgraphs too.
void rename(onnx::GraphProto& graph, const std::map<std::string, std::string>& names) {
  const auto in = [&](auto& list) {
    for (std::string& name : list)
      if (const auto found = names.find(name); found != names.end()) name = found->second;
  };
  const auto in_values = [&](auto& list) {
    for (auto& value : list)
      if (const auto found = names.find(value.name()); found != names.end())
        value.set_name(found->second);
  };
  for (Node& node : *graph.mutable_node()) {
    in(*node.mutable_input());
    in(*node.mutable_output());
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) rename(*attribute.mutable_g(), names);
      for (auto& inner : *attribute.mutable_graphs()) rename(inner, names);
    }
  }
  in_values(*graph.mutable_initializer());
  in_values(*graph.mutable_input());
  in_values(*graph.mutable_output());
  in_values(*graph.mutable_value_info());
}

bool is_taken(const std::string& name) {
  static const std::set<std::string> taken = [] {
    std::set<std::string> names{kImageName, kFeaturesName, kScoresName, "mixture_features"};
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

void add_ints(Node& node, const char* name, const std::vector<int64_t>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute.add_ints(value);
}

void add_float(Node& node, const char* name, float value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void add(Nodes& nodes, const char* op, const std::string& input, const std::string& output,
         const std::vector<int64_t>& perm = {}) {
  Node& node = *nodes.Add();
  node.set_op_type(op);
  node.set_name(output);
  node.add_input(input);
  node.add_output(output);
  if (!perm.empty()) add_ints(node, "perm", perm);
}

/// The mean over the image of a 4-D value.
void add_pooling(Nodes& nodes, const std::string& input, const std::string& output,
                 bool channels_last, bool flatten) {
  std::string planes = input;
  if (channels_last) {
    planes = output + "/planes";
    add(nodes, "Transpose", input, planes, {0, 3, 1, 2});
  }
  if (!flatten) return add(nodes, "GlobalAveragePool", planes, output);
  add(nodes, "GlobalAveragePool", planes, output + "/pooled");
  add(nodes, "Flatten", output + "/pooled", output);
}

/// A mean over the pixels of an image becomes pooling, which OpenCV runs for any number of images.
/// @return whether it was one
bool pool(const GraphView& view, const Node& node, Nodes& nodes) {
  if (node.op_type() != "ReduceMean" || node.input_size() != 1) return false;
  const auto shape = view.shape(node.input(0));
  const auto* axes = find_attribute(node, "axes");
  const auto* keep = find_attribute(node, "keepdims");
  if (!shape || shape->size() != 4 || axes == nullptr) return false;
  std::set<int64_t> positive;
  for (const int64_t axis : axes->ints()) positive.insert(axis < 0 ? axis + 4 : axis);
  const bool last = positive == std::set<int64_t>{1, 2};
  const bool keepdims = keep == nullptr || keep->i() != 0;
  if ((!last && positive != std::set<int64_t>{2, 3}) || (last && keepdims)) return false;
  add_pooling(nodes, node.input(0), node.output(0), last, !keepdims);
  return true;
}

/// Whether a value of one image has the images along its first axis, and all others are known.
bool is_one_image(const std::optional<std::vector<int64_t>>& shape) {
  return shape && !shape->empty() && shape->front() == 1 &&
         std::find(shape->begin(), shape->end(), -1) == shape->end();
}

/// A reshape to the shape that it has for one image, with the first axis as it comes; also what
/// squeezes, which OpenCV 4.6 knows in an older form only.
bool free_reshape(const GraphView& view, const Node& node, onnx::GraphProto& graph, Nodes& nodes) {
  static const std::set<std::string> reshapes{"Reshape", "Squeeze", "Unsqueeze"};
  if (reshapes.count(node.op_type()) == 0) return false;
  const auto from = view.shape(node.input(0)), to = view.shape(node.output(0));
  if (!is_one_image(from) || !is_one_image(to)) return false;
  std::vector<int64_t> extents = *to;
  extents[0] = 0;
  const std::string shape = node.output(0) + "/shape";
  add(nodes, "Reshape", node.input(0), node.output(0));
  nodes.rbegin()->add_input(shape);
  const auto count = static_cast<int64_t>(extents.size());
  add_constant(graph, shape, {{count}, std::move(extents)});
  return true;
}

/// OpenCV's importer does not know constants behind an Identity.
bool does_nothing(const GraphView& view, const Node& node) {
  if (node.op_type() == "Identity") return true;
  if (node.op_type() != "Cast") return false;
  const auto* to = find_attribute(node, "to");
  return to != nullptr && to->i() == onnx::TensorProto::FLOAT && view.is_float(node.input(0)) &&
         view.shape(node.input(0)).has_value();
}

/// OpenCV 4.6 takes the weights of a Gemm as transposed, whatever it says of them, and does not
/// know of factors: alpha A B + beta C becomes beta (alpha / beta (A B) + C).
bool split_gemm(const Node& node, onnx::GraphProto& graph, Nodes& nodes) {
  if (node.op_type() != "Gemm") return false;
  const auto* first = find_attribute(node, "transA");
  const auto* second = find_attribute(node, "transB");
  const bool transposed = second != nullptr && second->i() != 0;
  const auto factor = [&](const char* name) {
    const auto* value = find_attribute(node, name);
    return value == nullptr ? 1.F : value->f();
  };
  const float alpha = factor("alpha"), beta = factor("beta");
  if ((first != nullptr && first->i() != 0) || (transposed && alpha == 1 && beta == 1))
    return false;
  const bool biased = node.input_size() > 2 && !node.input(2).empty() && beta != 0;
  const float inner = biased ? alpha / beta : alpha, outer = biased ? beta : 1;
  const std::string& output = node.output(0);
  // What is made step by step; the last step is called as the node's output.
  std::vector<Node> steps;
  const auto step = [&](const char* op, const std::string& operand) {
    Node& made = steps.emplace_back();
    made.set_op_type(op);
    made.add_input(steps.size() > 1 ? steps[steps.size() - 2].output(0) : node.input(0));
    made.add_input(operand);
    made.add_output(output + "/step" + std::to_string(steps.size()));
  };
  const auto times = [&](const char* name, float value) {
    if (value == 1) return;
    add_constant(graph, output + name, {{1}, std::vector<float>{value}});
    step("Mul", output + name);
  };
  step(transposed ? "Gemm" : "MatMul", node.input(1));
  if (transposed) {
    onnx::AttributeProto& attribute = *steps[0].add_attribute();
    attribute.set_name("transB");
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(1);
  }
  times("/inner", inner);
  if (biased) step("Add", node.input(2));
  times("/outer", outer);
  steps.back().set_output(0, output);
  for (Node& made : steps) {
    made.set_name(made.output(0));
    *nodes.Add() = std::move(made);
  }
  return true;
}

constexpr float kNoBound = std::numeric_limits<float>::max();

/// A bound of a Clip, which up to opset 10 is an attribute; nothing if it is not known. An infinite
/// one is none, as the largest number is.
std::optional<float> bound_of(const GraphView& view, const Node& node, const char* name, int input,
                              float without) {
  const auto finite = [](float bound) { return std::clamp(bound, -kNoBound, kNoBound); };
  if (const auto* attribute = find_attribute(node, name)) return finite(attribute->f());
  if (node.input_size() <= input || node.input(input).empty()) return without;
  const auto* tensor = view.constant(node.input(input));
  if (tensor == nullptr || tensor->data_type() != onnx::TensorProto::FLOAT) return {};
  const auto values = onnx::ParseData<float>(tensor);
  return values.size() == 1 ? std::optional<float>(finite(values[0])) : std::nullopt;
}

/// OpenCV 4.6 takes no inputs as the bounds of a Clip. With finite ones, a and b,
///   clip(x) = (b - a) hard_sigmoid(x / (b - a) - a / (b - a)) + a
bool clip(const GraphView& view, const Node& node, onnx::GraphProto& graph, Nodes& nodes) {
  if (node.op_type() != "Clip") return false;
  const auto low = bound_of(view, node, "min", 1, -kNoBound),
             high = bound_of(view, node, "max", 2, kNoBound);
  if (high == kNoBound && (low == 0.F || low == -kNoBound)) {
    add(nodes, low == 0.F ? "Relu" : "Identity", node.input(0), node.output(0));
    return true;
  }
  if (!low || !high || *low == -kNoBound || *high == kNoBound || !(*low < *high)) return false;
  const float span = *high - *low;
  const std::string& output = node.output(0);
  const auto by = [&](const char* op, const std::string& input, const std::string& made,
                      float value) {
    const std::string constant = made + "/by";
    add_constant(graph, constant, {{1}, std::vector<float>{value}});
    add(nodes, op, input, made);
    nodes.rbegin()->add_input(constant);
  };
  add(nodes, "HardSigmoid", node.input(0), output + "/share");
  add_float(*nodes.rbegin(), "alpha", 1 / span);
  add_float(*nodes.rbegin(), "beta", -*low / span);
  by("Mul", output + "/share", *low == 0 ? output : output + "/span", span);
  if (*low != 0) by("Add", output + "/span", output, *low);
  return true;
}

/// What is optional in ONNX, but not for OpenCV's importer.
void say_what_may_be_left_out(const GraphView& view, Node& node) {
  auto& inputs = *node.mutable_input();
  while (!inputs.empty() && inputs.rbegin()->empty()) inputs.RemoveLast();
  if (node.op_type() != "Conv" || find_attribute(node, "kernel_shape") != nullptr) return;
  const auto weights = view.shape(node.input(1));
  if (weights && weights->size() > 2)
    add_ints(node, "kernel_shape", {weights->begin() + 2, weights->end()});
}

/// Simpler operators for the same values.
void simplify(onnx::GraphProto& graph, const std::set<std::string>& kept, bool any_batch) {
  const onnx::GraphProto before = graph;
  const GraphView view(before);
  Nodes nodes;
  std::map<std::string, std::string> same;
  for (const Node& node : before.node()) {
    if (does_nothing(view, node) && kept.count(node.output(0)) == 0) {
      const auto known = same.find(node.input(0));
      same[node.output(0)] = known == same.end() ? node.input(0) : known->second;
      continue;
    }
    if (any_batch && (pool(view, node, nodes) || free_reshape(view, node, graph, nodes))) continue;
    if (split_gemm(node, graph, nodes) || clip(view, node, graph, nodes)) continue;
    *nodes.Add() = node;
    say_what_may_be_left_out(view, *nodes.rbegin());
  }
  *graph.mutable_node() = std::move(nodes);
  rename(graph, same);
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
                        Nodes& nodes) {
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
    add(nodes, op, value, name);
    nodes.rbegin()->add_input(name + "_by");
    value = name;
  };
  apply("Sub", "pixels/shifted", shift, 0);
  apply("Mul", "pixels/scaled", factor, 1);
  return value;
}

/// Puts scaling and the order of axes before the network's nodes.
void add_front(const Classifier& classifier, const PixelScaling& pixels, const std::string& input,
               onnx::GraphProto& graph) {
  Nodes nodes;
  const std::string planes = add_scaling(pixels, classifier.input.channels, graph, nodes);
  std::map<std::string, std::string> names{{input, planes}};
  Nodes rest;
  if (classifier.input.channels_last) {
    bool read = false;
    for (Node& node : *graph.mutable_node()) {
      const bool reads = std::count(node.input().begin(), node.input().end(), input) > 0;
      const auto* perm = find_attribute(node, "perm");
      if (reads && node.op_type() == "Transpose" && perm != nullptr &&
          std::vector<int64_t>(perm->ints().begin(), perm->ints().end()) ==
              std::vector<int64_t>{0, 3, 1, 2}) {
        names[node.output(0)] = planes;  // there and back
        continue;
      }
      read = read || reads;
      *rest.Add() = std::move(node);
    }
    *graph.mutable_node() = std::move(rest);
    names[input] = "pixels/channels_last";
    if (read) add(nodes, "Transpose", planes, "pixels/channels_last", {0, 2, 3, 1});
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
  Nodes& nodes = *graph.mutable_node();
  const EarlierMap& earlier = cut.earlier;
  const std::string own = earlier.tensor.empty() ? kFeaturesName : "head/last_features";
  if (cut.rank == 4 && cut.pixels != 1)
    add_pooling(nodes, called(cut.tensor), own, cut.channels_last, true);
  else
    add(nodes, cut.rank == 4 ? "Flatten" : "Identity", called(cut.tensor), own);
  if (!earlier.tensor.empty()) {
    const char* kEarlier = "head/earlier_features";
    add_pooling(nodes, called(earlier.tensor), kEarlier, earlier.channels_last, true);
    add(nodes, "Concat", own, kFeaturesName);
    nodes.rbegin()->add_input(kEarlier);
    onnx::AttributeProto& axis = *nodes.rbegin()->add_attribute();
    axis.set_name("axis");
    axis.set_type(onnx::AttributeProto::INT);
    axis.set_i(1);
  }
  describe(*graph.add_output(), kFeaturesName, {cut.dimension + earlier.channels}, batch);
  if (!with_scores) return;
  add(nodes, "Flatten", called(cut.scores), kScoresName);
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
