// SPDX-License-Identifier: Apache-2.0
// Layer norm. Means along an axis and what broadcasts a column are products with constant matrices,
// since OpenCV 4.6 gives the former a wrong shape and broadcasts for a single image only.
#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

void layer_norm(const AtenCall& call) {
  const Ints shape = call.output_shape();
  const int64_t width = shape.back();
  call.require(shape.size() >= 2 && call.integers("normalized_shape") == Ints{width},
               "layer norm has a form along the last axis alone");
  const auto product = [&](const std::string& rows, const char* name, const at::Tensor& weight) {
    return linear_rows(call, rows, name, weight, nullptr, at::Tensor());
  };
  const auto average = [&](const std::string& rows) {
    return product(rows, "average", at::full({1, width}, 1.0 / static_cast<double>(width)));
  };
  const auto widened = [&](const std::string& column) {
    return product(column, "widen", at::ones({width, 1}));
  };

  const std::string x = as_rows(call, call.value("input"), shape);
  const std::string centred = call.emit("Sub", {x, widened(average(x))});
  const std::string variance = average(call.emit("Mul", {centred, centred}));
  const std::string epsilon = call.add_constant("eps", at::full({1}, call.number("eps")));
  const std::string deviation = call.emit("Sqrt", {call.emit("Add", {variance, epsilon})});
  std::string rows = call.emit("Div", {centred, widened(deviation)});
  const auto affine = [&](const char* op, const char* name) {
    if (!call.is_given(name)) return;
    rows = call.emit(op, {rows, call.add_constant(name, call.constant(name))});
  };
  affine("Mul", "weight");
  affine("Add", "bias");
  call.finish_as(from_rows(call, rows, shape));
}

const Registered<AtenConverter> registered_aten_layer_norm("aten::layer_norm", layer_norm);

}  // namespace
}  // namespace gmtrain
