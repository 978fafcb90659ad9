// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/fold_shapes.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_parts.hpp"

namespace gmtrain {
namespace {

using Node = onnx::NodeProto;
using Numbers = std::vector<int64_t>;

/// A small tensor of whole numbers.
struct Whole {
  Numbers shape, values;
};
using Inputs = std::vector<const Whole*>;
using Result = std::optional<Whole>;

/// Of a shape that is computed; a file could ask for any number.
constexpr size_t kMostValues = 1 << 16;

/// Whether there are as many values as the shape says.
bool is_whole(const Whole& tensor) {
  double count = 1;
  for (const int64_t extent : tensor.shape) count *= static_cast<double>(extent);
  return count == static_cast<double>(tensor.values.size());
}

Result concat(const Node&, const Inputs& in) {
  Whole joined;
  for (const Whole* part : in) {
    if (part->shape.size() != 1 || joined.values.size() > kMostValues) return std::nullopt;
    joined.values.insert(joined.values.end(), part->values.begin(), part->values.end());
  }
  joined.shape = {static_cast<int64_t>(joined.values.size())};
  return joined;
}

Result fill(const Node& node, const Inputs& in) {
  const auto* value = find_attribute(node, "value");
  if (value == nullptr || in[0]->values.size() != 1 ||
      in[0]->values[0] > static_cast<int64_t>(kMostValues))
    return std::nullopt;
  const Numbers one =
      value->t().data_type() == onnx::TensorProto::FLOAT ? Numbers() : whole_numbers(value->t());
  if (one.size() != 1) return std::nullopt;
  return Whole{in[0]->values, Numbers(std::max<int64_t>(in[0]->values[0], 0), one[0])};
}

Result reshape(const Node&, const Inputs& in) {
  Whole reshaped{in[1]->values, in[0]->values};
  int64_t known = 1;
  for (const int64_t extent : reshaped.shape) {
    if (extent == 0 || extent < -1 || extent > static_cast<int64_t>(kMostValues) / known)
      return std::nullopt;
    known *= extent == -1 ? 1 : extent;
  }
  for (int64_t& extent : reshaped.shape)
    if (extent == -1) extent = static_cast<int64_t>(reshaped.values.size()) / known;
  return reshaped;
}

Result transpose(const Node&, const Inputs& in) {
  if (in[0]->shape.size() != 2) return std::nullopt;
  const int64_t rows = in[0]->shape[0], columns = in[0]->shape[1];
  Whole turned{{columns, rows}, {}};
  for (int64_t c = 0; c < columns; ++c)
    for (int64_t r = 0; r < rows; ++r) turned.values.push_back(in[0]->values[r * columns + c]);
  return turned;
}

/// Along the first axis alone.
Result slice(const Node&, const Inputs& in) {
  if (in.size() < 3 || in[0]->shape.empty()) return std::nullopt;
  for (size_t i = 1; i < in.size(); ++i)
    if (in[i]->values.size() != 1) return std::nullopt;
  if (in.size() > 3 && in[3]->values != Numbers{0}) return std::nullopt;
  const int64_t rows = in[0]->shape[0];
  const int64_t step = in.size() > 4 ? std::clamp(in[4]->values[0], -rows, rows) : 1;
  if (rows == 0 || step == 0) return std::nullopt;
  const int64_t width = static_cast<int64_t>(in[0]->values.size()) / rows;
  const auto place = [&](int64_t at) {
    const int64_t counted = at < 0 ? at + rows : at;
    return step > 0 ? std::clamp<int64_t>(counted, 0, rows)
                    : std::clamp<int64_t>(counted, -1, rows - 1);
  };
  // A last row below the first, such as the least number there is, must not wrap around.
  const int64_t end = in[2]->values[0] < -rows ? (step > 0 ? 0 : -1) : place(in[2]->values[0]);
  Whole sliced{in[0]->shape, {}};
  int64_t taken = 0;
  for (int64_t row = place(in[1]->values[0]); step > 0 ? row < end : row > end; row += step) {
    const auto first = in[0]->values.begin() + row * width;
    sliced.values.insert(sliced.values.end(), first, first + width);
    ++taken;
  }
  sliced.shape[0] = taken;
  return sliced;
}

Result gather(const Node& node, const Inputs& in) {
  if (in[0]->shape.size() != 1 || integer_of(node, "axis") != 0) return std::nullopt;
  Whole gathered{in[1]->shape, {}};
  for (const int64_t at : in[1]->values) {
    const auto count = static_cast<int64_t>(in[0]->values.size());
    const int64_t place = at < 0 ? at + count : at;
    if (place < 0 || place >= count) return std::nullopt;
    gathered.values.push_back(in[0]->values[place]);
  }
  return gathered;
}

/// Beyond 64 bits a number begins anew, as ONNX's runtimes have it.
template <class Operation>
int64_t wrapped(int64_t a, int64_t b, Operation operation) {
  return static_cast<int64_t>(operation(static_cast<uint64_t>(a), static_cast<uint64_t>(b)));
}

template <class Operation>
Result elementwise(const Inputs& in, Operation operation) {
  const Whole& larger = in[0]->values.size() < in[1]->values.size() ? *in[1] : *in[0];
  const size_t count = larger.values.size();
  for (const Whole* side : in)
    if (side->values.size() != count && side->values.size() != 1) return std::nullopt;
  Whole result{larger.shape, {}};
  for (size_t i = 0; i < count; ++i)
    result.values.push_back(operation(in[0]->values[in[0]->values.size() == 1 ? 0 : i],
                                      in[1]->values[in[1]->values.size() == 1 ? 0 : i]));
  return result;
}

Result divide(const Node&, const Inputs& in) {
  const auto& divisors = in[1]->values;
  if (std::find(divisors.begin(), divisors.end(), 0) != divisors.end()) return std::nullopt;
  // The least number by -1 is none.
  return elementwise(
      in, [](int64_t a, int64_t b) { return b == -1 ? wrapped(0, a, std::minus<>()) : a / b; });
}

template <class Operation>
Result wrapping(const Node&, const Inputs& in) {
  return elementwise(in, [](int64_t a, int64_t b) { return wrapped(a, b, Operation()); });
}

/// One number as a list, or a list of one as a number: what shapes need of Squeeze and Unsqueeze.
Result unsqueeze(const Node&, const Inputs& in) {
  if (!in[0]->shape.empty()) return std::nullopt;
  return Whole{{1}, in[0]->values};
}
Result squeeze(const Node&, const Inputs& in) {
  if (in[0]->shape != Numbers{1}) return std::nullopt;
  return Whole{{}, in[0]->values};
}

Result cast(const Node& node, const Inputs& in) {
  const int64_t to = integer_of(node, "to");
  if (to != onnx::TensorProto::INT64 && to != onnx::TensorProto::INT32) return std::nullopt;
  return *in[0];
}

using Fold = std::function<Result(const Node&, const Inputs&)>;

const std::map<std::string, Fold>& folds() {
  static const std::map<std::string, Fold> all{
      {"Concat", concat},
      {"ConstantOfShape", fill},
      {"Reshape", reshape},
      {"Transpose", transpose},
      {"Slice", slice},
      {"Gather", gather},
      {"Cast", cast},
      {"Identity", [](const Node&, const Inputs& in) { return Result(*in[0]); }},
      {"Unsqueeze", unsqueeze},
      {"Squeeze", squeeze},
      {"Div", divide},
      {"Add", wrapping<std::plus<>>},
      {"Sub", wrapping<std::minus<>>},
      {"Mul", wrapping<std::multiplies<>>}};
  return all;
}

/// The whole numbers of a graph that are known.
class Known {
 public:
  explicit Known(const onnx::GraphProto& graph) : view_(graph) {}

  /// @return null for what is not known
  const Whole* find(const std::string& value) {
    const auto found = values_.find(value);
    if (found != values_.end()) return &found->second;
    // A Cast may have made floats of a constant.
    const onnx::TensorProto* tensor = view_.is_float(value) ? nullptr : view_.constant(value);
    const bool whole = tensor != nullptr && (tensor->data_type() == onnx::TensorProto::INT64 ||
                                             tensor->data_type() == onnx::TensorProto::INT32);
    if (!whole) return nullptr;
    return &(
        values_[value] = {{tensor->dims().begin(), tensor->dims().end()}, whole_numbers(*tensor)});
  }

  /// @return whether the node's output is known now
  bool fold(const Node& node) {
    const auto fold = folds().find(node.op_type());
    if (node.op_type() == "Shape") return fold_shape(node);
    if (fold == folds().end()) return false;
    Inputs inputs;
    for (const std::string& input : node.input()) {
      const Whole* known = find(input);
      if (known == nullptr) return false;
      inputs.push_back(known);
    }
    const Result result = inputs.empty() ? std::nullopt : fold->second(node, inputs);
    if (!result || !is_whole(*result)) return false;
    values_[node.output(0)] = *result;
    return true;
  }

 private:
  /// The number of images is not known: a shape counts only where it is not the first extent that
  /// is asked for.
  bool fold_shape(const Node& node) {
    const auto shape = view_.shape(node.input(0));
    if (!shape || node.attribute_size() > 0) return false;
    if (!is_asked_beyond_first(node.output(0), static_cast<int64_t>(shape->size()))) return false;
    if (std::find(shape->begin(), shape->end(), -1) != shape->end()) return false;
    values_[node.output(0)] = {{static_cast<int64_t>(shape->size())}, *shape};
    return true;
  }

  /// @param rank of what has this shape: -rank is the first extent too
  bool is_asked_beyond_first(const std::string& value, int64_t rank) {
    for (const Node* reader : view_.readers(value)) {
      const Whole* index = reader->op_type() == "Gather" ? find(reader->input(1)) : nullptr;
      if (index == nullptr || index->values.size() != 1) return false;
      if (index->values[0] == 0 || index->values[0] == -rank) return false;
    }
    return true;
  }

  GraphView view_;
  std::map<std::string, Whole> values_;
};

}  // namespace

void fold_shapes(onnx::GraphProto& graph) {
  const onnx::GraphProto before = graph;
  Known known(before);
  graph.clear_node();
  for (const Node& node : before.node()) {
    if (!known.fold(node)) {
      *graph.add_node() = node;
      continue;
    }
    const Whole* whole = known.find(node.output(0));
    add_constant(graph, node.output(0), {whole->shape, whole->values});
  }
}

}  // namespace gmtrain
