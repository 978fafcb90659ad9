// SPDX-License-Identifier: Apache-2.0
// What moves elements and computes nothing.
#include <ATen/PadNd.h>

#include <algorithm>
#include <numeric>

#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

/// view, flatten, squeeze, ...: whatever the call, the trace knows what became of the shape.
void any_reshape(const AtenCall& call) {
  const Ints before = call.shape("self"), after = call.output_shape();
  if (before == after) return call.finish_as(call.value("self"));
  call.require(!after.empty() && before[0] == after[0],
               "a reshape must leave the batch axis alone");
  if (after.size() == 2)
    return call.finish("Flatten", {call.value("self")}, {{"axis", int64_t{1}}});
  Ints shape = after;
  shape[0] = 0;  // as it comes
  call.finish("Reshape", {call.value("self"), call.add_constant("shape", shape)});
}

/// x[:, i]: a part of one, without its axis.
void select(const AtenCall& call) {
  const Ints before = call.shape("self");
  const int64_t axis = axis_of(call, call.integer("dim"), before.size());
  int64_t index = call.integer("index");
  if (index < 0) index += before[static_cast<size_t>(axis)];
  const std::string part = part_of(call, call.value("self"), axis, index, index + 1);
  Ints shape = call.output_shape();
  if (shape.size() == 2) return call.finish("Flatten", {part}, {{"axis", int64_t{1}}});
  shape[0] = 0;  // as it comes
  call.finish("Reshape", {part, call.add_constant("shape", shape)});
}

/// chunk, split, split_with_sizes: where the parts end, the trace knows.
void split(const AtenCall& call) {
  const Ints before = call.shape("self");
  const int64_t axis = axis_of(call, call.integer("dim"), before.size());
  std::vector<std::string> parts;
  int64_t first = 0;
  for (const Ints& shape : call.output_shapes()) {
    const int64_t end = first + shape[static_cast<size_t>(axis)];
    parts.push_back(part_of(call, call.value("self"), axis, first, end));
    first = end;
  }
  call.finish_as(parts);
}

void finish_transposed(const AtenCall& call, const Ints& order) {
  call.require(order[0] == 0, "it must leave the batch axis alone");
  call.finish("Transpose", {call.value("self")}, {{"perm", order}});
}

void transpose(const AtenCall& call) {
  const size_t rank = call.shape("self").size();
  Ints order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(axis_of(call, call.integer("dim0"), rank))],
            order[static_cast<size_t>(axis_of(call, call.integer("dim1"), rank))]);
  finish_transposed(call, order);
}

void permute(const AtenCall& call) {
  Ints order = call.integers("dims");
  for (int64_t& axis : order) {
    if (axis < 0) axis += static_cast<int64_t>(order.size());
  }
  finish_transposed(call, order);
}

/// A constant that is the same for each image, such as a token before the others, in the place of
/// whatever `of_image` holds there, since a constant has no axis for the batch.
std::string for_each_image(const AtenCall& call, const at::Tensor& constant, int64_t axis,
                           const std::string& of_image) {
  Ints shape = constant.sizes().vec();
  call.require(shape[static_cast<size_t>(axis)] == 1 &&
                   (constant == constant.slice(0, 0, 1)).all().item<bool>(),
               "a constant has a form if it is the same for each image and one along the axis");
  shape[0] = 1;
  const std::string nothing = call.emit(
      "Mul", {part_of(call, of_image, axis, 0, 1), call.add_constant("zero", at::zeros({1}))});
  return call.emit("Add",
                   {nothing, constant_operand(call, "tensors", constant.slice(0, 0, 1), shape)});
}

void concatenate(const AtenCall& call) {
  const int64_t axis = axis_of(call, call.integer("dim"), call.output_shape().size());
  const auto elements = call.elements("tensors");
  const auto computed = std::find_if(elements.begin(), elements.end(), [](const auto& element) {
    return !element.constant.defined();
  });
  call.require(computed != elements.end(), "nothing in the list is computed from the image");
  std::vector<std::string> values;
  for (const auto& [value, constant] : elements) {
    values.push_back(constant.defined() ? for_each_image(call, constant, axis, computed->value)
                                        : value);
  }
  call.finish("Concat", values, {{"axis", axis}});
}

void slice(const AtenCall& call) {
  const Ints before = call.shape("self");
  if (before == call.output_shape()) return call.finish_as(call.value("self"));
  const int64_t axis = axis_of(call, call.integer("dim"), before.size());
  const int64_t extent = before[static_cast<size_t>(axis)];
  const auto bound = [&](const char* name, int64_t otherwise) {
    const int64_t index = call.is_given(name) ? call.integer(name) : otherwise;
    return std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent);
  };
  const int64_t first = bound("start", 0), end = bound("end", extent), step = call.integer("step");
  call.finish_as(part_of(call, call.value("self"), axis, first, end, step));
}

/// The mode is a word in one operator and a number in another.
bool is_constant_mode(const AtenCall& call) {
  return call.is_text("mode")
             ? call.text("mode") == "constant"
             : call.integer("mode") == static_cast<int64_t>(at::padding_mode::constant);
}

/// LibTorch lists (before, after) from the last axis on, ONNX all befores, then all afters.
void any_pad(const AtenCall& call) {
  call.require(!call.is_given("mode") || is_constant_mode(call),
               "only constant padding has a form");
  const Ints listed = call.integers("pad");
  const size_t rank = call.shape("self").size();
  Ints pads(2 * rank, 0);
  for (size_t i = 0; i < listed.size() / 2; ++i) {
    pads[rank - 1 - i] = listed[2 * i];
    pads[2 * rank - 1 - i] = listed[2 * i + 1];
  }
  call.require(pads[0] == 0 && pads[rank] == 0, "it must leave the batch axis alone");
  const at::Tensor value = call.is_given("value") ? call.constant("value") : at::zeros({});
  call.finish("Pad", {call.value("self"), call.add_constant("pads", pads),
                      call.add_constant("value", value.reshape({}))});
}

const Registered<AtenConverter> registered_aten_pad_enum("aten::_pad_enum", any_pad);
const Registered<AtenConverter> registered_aten_cat("aten::cat", concatenate);
const Registered<AtenConverter> registered_aten_chunk("aten::chunk", split);
const Registered<AtenConverter> registered_aten_constant_pad_nd("aten::constant_pad_nd", any_pad);
const Registered<AtenConverter> registered_aten_flatten("aten::flatten", any_reshape);
const Registered<AtenConverter> registered_aten_pad("aten::pad", any_pad);
const Registered<AtenConverter> registered_aten_permute("aten::permute", permute);
const Registered<AtenConverter> registered_aten_reshape("aten::reshape", any_reshape);
const Registered<AtenConverter> registered_aten_select("aten::select", select);
const Registered<AtenConverter> registered_aten_slice("aten::slice", slice);
const Registered<AtenConverter> registered_aten_split("aten::split", split);
const Registered<AtenConverter> registered_aten_split_with_sizes("aten::split_with_sizes", split);
const Registered<AtenConverter> registered_aten_squeeze("aten::squeeze", any_reshape);
const Registered<AtenConverter> registered_aten_transpose("aten::transpose", transpose);
const Registered<AtenConverter> registered_aten_unflatten("aten::unflatten", any_reshape);
const Registered<AtenConverter> registered_aten_unsqueeze("aten::unsqueeze", any_reshape);
const Registered<AtenConverter> registered_aten_view("aten::view", any_reshape);

}  // namespace
}  // namespace gmtrain
