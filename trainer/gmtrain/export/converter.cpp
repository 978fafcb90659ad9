// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

Ints without_first(const Ints& shape) {
  return {shape.begin() + 1, shape.end()};
}

/// A constant that broadcasts to `shape` from its last axis on, with no axis for the batch: OpenCV
/// 4.6 takes the first axis of a constant of r axes for axis rank - r of the image.
at::Tensor without_batch(const AtenCall& call, const at::Tensor& constant, const Ints& shape) {
  if (constant.numel() == 1) return constant.reshape({1});
  const auto rank = static_cast<int64_t>(shape.size());
  call.require(constant.dim() <= rank, "a constant has more axes than the image's tensor");
  Ints extents(static_cast<size_t>(rank - constant.dim()), 1);
  extents.insert(extents.end(), constant.sizes().begin(), constant.sizes().end());
  call.require(extents[0] == 1, "a constant varies along the batch");
  const at::Tensor whole = constant.reshape(without_first(extents));
  return extents[1] == constant.numel() ? whole : whole.expand(without_first(shape)).contiguous();
}

/// A value for each channel, for every pixel: OpenCV 4.6 broadcasts it for a single image only.
std::string over_image(const AtenCall& call, const std::string& value, const Ints& shape) {
  const std::string row =
      call.emit("MatMul", {value, call.add_constant("ones", at::ones({1, shape[2] * shape[3]}))});
  return call.emit("Reshape",
                   {row, call.add_constant("image", Ints{0, shape[1], shape[2], shape[3]})});
}

}  // namespace

Ints pair_of(Ints values) {
  if (values.size() == 1) values.push_back(values[0]);
  return values;
}

int64_t axis_of(const AtenCall& call, int64_t axis, size_t rank) {
  if (axis < 0) axis += static_cast<int64_t>(rank);
  call.require(axis > 0, "it must leave the batch axis alone");
  return axis;
}

std::string constant_operand(const AtenCall& call, const char* name, const at::Tensor& constant,
                             const Ints& shape) {
  return call.add_constant(name, without_batch(call, constant, shape));
}

std::string operand(const AtenCall& call, const char* name, const Ints& shape, double factor) {
  if (call.is_constant(name)) {
    return constant_operand(call, name, call.constant(name) * factor, shape);
  }
  std::string value = call.value(name);
  const Ints own = call.shape(name);
  if (own != shape) {
    call.require(shape.size() == 4 && own == Ints({shape[0], shape[1], 1, 1}),
                 "broadcasting between computed tensors has a form for [N,C,1,1] alone");
    value = over_image(call, value, shape);
  }
  if (factor == 1) return value;
  return call.emit("Mul", {value, call.add_constant("alpha", at::full({1}, factor))});
}

std::string as_rows(const AtenCall& call, const std::string& value, const Ints& shape) {
  if (shape.size() == 2) return value;
  return call.emit("Reshape", {value, call.add_constant("rows", Ints{-1, shape.back()})});
}

std::string from_rows(const AtenCall& call, const std::string& rows, const Ints& shape) {
  if (shape.size() == 2) return rows;
  Ints wanted = shape;
  wanted[0] = -1;
  return call.emit("Reshape", {rows, call.add_constant("shape", wanted)});
}

std::string linear_rows(const AtenCall& call, const std::string& rows, const char* weight_name,
                        const at::Tensor& weight, const char* bias_name, const at::Tensor& bias) {
  std::vector<std::string> inputs = {rows, call.add_constant(weight_name, weight)};
  if (bias.defined()) {
    inputs.push_back(call.add_constant(bias_name, bias.expand(weight.size(0)).contiguous()));
  }
  return call.emit("Gemm", inputs, {{"transB", int64_t{1}}});
}

std::string part_of(const AtenCall& call, const std::string& value, int64_t axis, int64_t first,
                    int64_t end, int64_t step) {
  return call.emit(
      "Slice",
      {value, call.add_constant("starts", Ints{first}), call.add_constant("ends", Ints{end}),
       call.add_constant("axes", Ints{axis}), call.add_constant("steps", Ints{step})});
}

}  // namespace gmtrain
