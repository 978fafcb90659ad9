// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/cut.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "core/onnx/graph_view.hpp"

namespace gmtrain {
namespace {

using Names = std::set<std::string>;
using Node = onnx::NodeProto;

/// What may stand between the last layer and the output,
const Names kAfterLayer{"Softmax", "LogSoftmax", "Sigmoid",   "Cast",      "Identity", "Flatten",
                        "Reshape", "Squeeze",    "Unsqueeze", "Transpose", "Dropout"};
/// and beside these where that layer is a convolution.
const Names kAfterConvolution{"Relu",        "LeakyRelu",  "Clip",       "GlobalAveragePool",
                              "AveragePool", "ReduceMean", "HardSigmoid"};
/// What leaves the scores of the classes in their order.
const Names kSameOrder{"Softmax", "LogSoftmax", "Sigmoid", "Cast", "Identity"};
/// What leaves the features as they are.
const Names kSameFeatures{"Cast",    "Identity",  "Flatten", "Reshape",
                          "Squeeze", "Unsqueeze", "Dropout"};

/// The layer that gives the scores, and what is known of it.
struct LastLayer {
  const Node* node = nullptr;
  std::string input;
  int64_t classes = 0, dimension = 0;
  bool convolution = false;
};

std::vector<int64_t> extents_or_empty(const GraphView& view, const std::string& value) {
  return view.shape(value).value_or(std::vector<int64_t>());
}

/// A Gemm or MatMul of data with constant weights.
bool is_product(const GraphView& view, const Node& node, LastLayer& layer) {
  const bool gemm = node.op_type() == "Gemm";
  if ((!gemm && node.op_type() != "MatMul") || node.input_size() < 2) return false;
  const auto weights = extents_or_empty(view, node.input(1));
  if (!view.is_constant(node.input(1)) || view.is_constant(node.input(0))) return false;
  if (!weights.empty() && weights.size() != 2) return false;
  if (gemm && integer_of(node, "transA") != 0) return false;
  layer = {&node, node.input(0)};
  if (weights.empty()) return true;
  const bool transposed = gemm && integer_of(node, "transB") != 0;
  layer.classes = std::max<int64_t>(weights[transposed ? 0 : 1], 0);
  layer.dimension = std::max<int64_t>(weights[transposed ? 1 : 0], 0);
  return true;
}

/// A convolution that gives each pixel the scores of the classes.
bool is_pixelwise(const GraphView& view, const Node& node, LastLayer& layer) {
  if (node.op_type() != "Conv" || node.input_size() < 2) return false;
  const auto weights = extents_or_empty(view, node.input(1));
  if (!view.is_constant(node.input(1)) || integer_of(node, "group", 1) != 1) return false;
  if (weights.size() != 4 || weights[2] != 1 || weights[3] != 1) return false;
  layer = {&node, node.input(0), weights[0], weights[1], true};
  return true;
}

/// The operand of an Add that is no constant, if the other is one.
const std::string* data_of_bias(const GraphView& view, const Node& node) {
  if (node.op_type() != "Add" || node.input_size() != 2) return nullptr;
  const bool first = view.is_constant(node.input(0)), second = view.is_constant(node.input(1));
  return first == second ? nullptr : &node.input(first ? 1 : 0);
}

/// A walk from a value towards the input.
class Walk {
 public:
  Walk(const GraphView& view, std::string from) : view_(view), value_(std::move(from)) {}

  /// The node that made the value where the walk stands; null at an input.
  const Node* node() const { return view_.producer(value_); }

  void past(const Node& node, const std::string& input) {
    met_.push_back(describe_node(node));
    value_ = input;
  }

  const std::vector<std::string>& met() const { return met_; }

 private:
  const GraphView& view_;
  std::string value_;
  std::vector<std::string> met_;
};

/// Past Dropout, Reshape and the like; past a bias; and, in hope of a convolution, past a mean over
/// the image.
LastLayer find_layer(const GraphView& view, Walk& walk) {
  bool pooled = false;
  for (const Node* node = walk.node(); node != nullptr; node = walk.node()) {
    LastLayer layer;
    if ((!pooled && is_product(view, *node, layer)) || is_pixelwise(view, *node, layer))
      return layer;
    const std::string* biased = data_of_bias(view, *node);
    const bool averages = kAfterConvolution.count(node->op_type()) != 0;
    if (biased == nullptr && !averages && kAfterLayer.count(node->op_type()) == 0) break;
    pooled = pooled || averages;
    walk.past(*node, biased != nullptr ? *biased : node->input(0));
  }
  return {};
}

[[noreturn]] void fail_to_find(const std::string& output, const Walk& walk) {
  std::vector<std::string> met = walk.met();
  met.push_back(walk.node() == nullptr ? "the graph's input" : describe_node(*walk.node()));
  const std::string hint = walk.node() == nullptr ? std::string("NAME") : walk.node()->output(0);
  throw std::runtime_error(fmt::format(
      "expected a Gemm, a MatMul or a 1x1 Conv with constant weights before the output {}, met {}: "
      "say where the features are with --layer, a value or a node of the graph, such as {}",
      output, fmt::join(met, ", "), hint));
}

/// Whether a shape is [1,D], [1,D,1,1] or [1,1,1,D].
bool holds(const std::vector<int64_t>& extents, int64_t dimension) {
  if (extents.empty()) return false;
  const auto count = [&](int64_t value) {
    return std::count(extents.begin(), extents.end(), value);
  };
  if (dimension == 1) return count(1) == static_cast<int64_t>(extents.size());
  return count(dimension) == 1 && count(1) + 1 == static_cast<int64_t>(extents.size());
}

/// Back from what the last layer reads, as far as it stays the same features: a reshape to a fixed
/// batch is left behind so.
std::string earliest_features(const GraphView& view, const LastLayer& layer) {
  std::string value = layer.input, earliest = value;
  int64_t dimension = layer.dimension;
  for (const Node* node = view.producer(value); node != nullptr; node = view.producer(value)) {
    if (kSameFeatures.count(node->op_type()) == 0 || !view.is_float(node->input(0))) break;
    value = node->input(0);
    const auto extents = extents_or_empty(view, value);
    const bool same_shape = extents == extents_or_empty(view, earliest);
    const bool usable = extents.size() == 2 || extents.size() == 4;
    const bool changes =
        node->op_type() != "Cast" && node->op_type() != "Identity" && node->op_type() != "Dropout";
    if (changes && !holds(extents, dimension)) break;
    if (usable || same_shape) earliest = value;
  }
  return earliest;
}

/// Whether a 4-D value has its channels last: by the number of features, else by what reads it.
bool has_channels_last(const GraphView& view, const std::string& value, int64_t dimension) {
  const auto extents = extents_or_empty(view, value);
  if (extents.size() != 4) return false;
  if (dimension > 0 && extents[1] != extents[3]) return extents[3] == dimension;
  for (const Node* reader : view.readers(value)) {
    const auto list = integers_of(*reader, reader->op_type() == "Transpose" ? "perm" : "axes");
    if (list == std::vector<int64_t>{0, 3, 1, 2} || list == std::vector<int64_t>{1, 2}) return true;
  }
  return false;
}

void describe_tensor(const GraphView& view, const std::string& value, int64_t dimension, Cut& cut) {
  const auto extents = extents_or_empty(view, value);
  cut.tensor = value;
  cut.rank = extents.empty() ? 2 : static_cast<int64_t>(extents.size());
  if (cut.rank != 2 && cut.rank != 4)
    throw std::runtime_error(fmt::format(
        "expected features [N,D], or [N,D,H,W] to average over the image, found [{}] at {}: say "
        "where else they are with --layer",
        fmt::join(extents, ","), value));
  if (cut.rank == 4) {
    cut.channels_last = has_channels_last(view, value, dimension);
    const int64_t height = extents[cut.channels_last ? 1 : 2],
                  width = extents[cut.channels_last ? 2 : 3];
    cut.pixels = height > 0 && width > 0 ? height * width : 0;
  }
  cut.dimension = dimension;
  if (dimension == 0 && !extents.empty())
    cut.dimension = std::max<int64_t>(extents[cut.rank == 4 && cut.channels_last ? 3 : 1], 0);
}

std::string in_words(const Cut& cut) {
  std::string words = fmt::format("the {} features at {}", cut.dimension, cut.tensor);
  if (cut.rank == 4 && cut.pixels != 1) words += ", averaged over the image";
  return words;
}

/// What gives the scores of the classes, before a Softmax, which a reshape may come after.
/// @return nothing if its shape is not that of a score for each class
std::string scores_at(const GraphView& view, const std::string& output, int64_t classes) {
  std::string value = output, scores = output;
  for (const Node* node = view.producer(value); node != nullptr; node = view.producer(value)) {
    const bool same_order = kSameOrder.count(node->op_type()) != 0;
    if (!same_order && kSameFeatures.count(node->op_type()) == 0) break;
    value = node->input(0);
    if (!view.is_float(value) || !holds(extents_or_empty(view, value), classes)) break;
    if (same_order) scores = value;
  }
  return holds(extents_or_empty(view, scores), classes) ? scores : "";
}

/// Of several outputs, one that a last layer leads to.
Cut find_automatically(const GraphView& view, const onnx::GraphProto& graph) {
  for (const auto& output : graph.output()) {
    Walk walk(view, output.name());
    const LastLayer layer = find_layer(view, walk);
    if (layer.node == nullptr) {
      if (&output == &*graph.output().rbegin()) {
        Walk first(view, graph.output(0).name());
        find_layer(view, first);
        fail_to_find(graph.output(0).name(), first);
      }
      continue;
    }
    Cut cut;
    describe_tensor(view, earliest_features(view, layer), layer.dimension, cut);
    cut.scores = scores_at(view, output.name(), layer.classes);
    cut.classes = cut.scores.empty() ? 0 : layer.classes;
    cut.where = fmt::format("{}, which {} makes {} classes of", in_words(cut),
                            describe_node(*layer.node), layer.classes);
    return cut;
  }
  throw std::runtime_error("expected an output, found none");
}

/// The value of this name, or the first output of the node of this name.
std::string value_called(const GraphView& view, const onnx::GraphProto& graph,
                         const std::string& name) {
  if (view.producer(name) != nullptr) return name;
  for (const auto& node : graph.node())
    if (node.name() == name && node.output_size() > 0) return node.output(0);
  std::vector<std::string> last;
  for (auto node = graph.node().rbegin(); node != graph.node().rend() && last.size() < 8; ++node)
    last.push_back(node->output(0));
  throw std::runtime_error(fmt::format("no value and no node is called {}; the last ones are {}",
                                       name, fmt::join(last, ", ")));
}

}  // namespace

Cut find_cut(const Classifier& classifier, const std::string& layer) {
  const onnx::GraphProto& graph = classifier.model.graph();
  const GraphView view(graph);
  if (layer.empty()) return find_automatically(view, graph);
  Cut cut;
  describe_tensor(view, value_called(view, graph, layer), 0, cut);
  if (!view.is_float(cut.tensor))
    throw std::runtime_error(fmt::format("expected float32 features at {}", cut.tensor));
  try {
    const Cut own = find_automatically(view, graph);
    cut.scores = own.scores;
    cut.classes = own.classes;
  } catch (const std::runtime_error&) {
    // Without the scores of its own last layer a network is only not compared with.
  }
  cut.where = in_words(cut) + ", as --layer says";
  return cut;
}

}  // namespace gmtrain
