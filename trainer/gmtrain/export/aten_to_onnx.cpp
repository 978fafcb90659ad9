// SPDX-License-Identifier: Apache-2.0
// To export an operator that is not in the table at the end: write its converter, add its line.
// Where ONNX has several forms, the one that OpenCV 4.6 computes rightly is chosen.
#include "gmtrain/export/aten_to_onnx.hpp"

#include <ATen/PadNd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

namespace gmtrain {
namespace {

using Ints = std::vector<int64_t>;

Ints tail(const Ints& shape) {
  return {shape.begin() + 1, shape.end()};
}

/// Two values from a list that may hold one for both.
Ints pair(Ints values) {
  if (values.size() == 1) values.push_back(values[0]);
  return values;
}

int64_t axis_of(const AtenCall& call, int64_t axis, size_t rank) {
  if (axis < 0) axis += static_cast<int64_t>(rank);
  call.require(axis > 0, "it must leave the batch axis alone");
  return axis;
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
  const at::Tensor whole = constant.reshape(tail(extents));
  return extents[1] == constant.numel() ? whole : whole.expand(tail(shape)).contiguous();
}

std::string operand(const AtenCall& call, const char* name, const Ints& shape, double factor = 1) {
  if (call.is_constant(name))
    return call.add_constant(name, without_batch(call, call.constant(name) * factor, shape));
  call.require(call.shape(name) == shape, "broadcasting between computed tensors has no form");
  const std::string value = call.value(name);
  if (factor == 1) return value;
  return call.emit("Mul", {value, call.add_constant("alpha", at::full({1}, factor))});
}

using Converter = std::function<void(const AtenCall&)>;

/// add, sub: self +- alpha * other; mul, div.
Converter binary(const char* op) {
  return [op](const AtenCall& call) {
    call.require(!call.is_given("rounding_mode"), "rounding_mode has no form");
    const double alpha = call.is_given("alpha") ? call.number("alpha") : 1;
    const Ints shape = call.output_shape();
    call.finish(op, {operand(call, "self", shape), operand(call, "other", shape, alpha)});
  };
}

Converter unary(const char* op) {
  return [op](const AtenCall& call) { call.finish(op, {call.value("self")}); };
}

void convolution(const AtenCall& call) {
  call.require(!call.flag("transposed"), "transposed convolution has no form");
  const at::Tensor weight = call.constant("weight");
  call.require(weight.dim() == 4, "only 2-D convolution has a form");
  const Ints padding = pair(call.integers("padding"));
  std::vector<std::string> inputs = {call.value("input"), call.add_constant("weight", weight)};
  if (call.is_given("bias")) inputs.push_back(call.add_constant("bias", call.constant("bias")));
  call.finish("Conv", inputs,
              {{"kernel_shape", Ints{weight.size(2), weight.size(3)}},
               {"strides", pair(call.integers("stride"))},
               {"pads", Ints{padding[0], padding[1], padding[0], padding[1]}},
               {"dilations", pair(call.integers("dilation"))},
               {"group", call.integer("groups")}});
}

void batch_norm(const AtenCall& call) {
  call.require(
      !call.flag("training") && call.is_given("running_mean") && call.is_given("running_var"),
      "batch norm without running statistics depends on the batch");
  const at::Tensor mean = call.constant("running_mean");
  const auto affine = [&](const char* name, double otherwise) {
    return call.add_constant(
        name, call.is_given(name) ? call.constant(name) : at::full_like(mean, otherwise));
  };
  call.finish("BatchNormalization",
              {call.value("input"), affine("weight", 1), affine("bias", 0),
               call.add_constant("running_mean", mean),
               call.add_constant("running_var", call.constant("running_var"))},
              {{"epsilon", static_cast<float>(call.number("eps"))}});
}

/// input [N,I], weight [O,I], bias [O] or none.
void gemm(const AtenCall& call, const char* input, const char* weight_name,
          const at::Tensor& weight, const char* bias) {
  call.require(call.shape(input).size() == 2, "a linear layer must get [N,D]: flatten before it");
  std::vector<std::string> inputs = {call.value(input), call.add_constant(weight_name, weight)};
  if (bias) inputs.push_back(call.add_constant(bias, call.constant(bias).expand(weight.size(0))));
  call.finish("Gemm", inputs, {{"transB", int64_t{1}}});
}

void linear(const AtenCall& call) {
  gemm(call, "input", "weight", call.constant("weight"), call.is_given("bias") ? "bias" : nullptr);
}

void addmm(const AtenCall& call) {
  call.require(call.number("beta") == 1 && call.number("alpha") == 1, "alpha and beta must be 1");
  gemm(call, "mat1", "mat2", call.constant("mat2").t(), "self");
}

void matmul(const AtenCall& call) {
  const char* right = call.is_given("mat2") ? "mat2" : "other";
  call.require(call.constant(right).dim() == 2, "only a product with a constant matrix has a form");
  gemm(call, "self", right, call.constant(right).t(), nullptr);
}

void prelu(const AtenCall& call) {
  const Ints shape = call.shape("self");
  at::Tensor slope = call.constant("weight");
  Ints extents(shape.size() - 1, 1);
  extents[0] = shape[1];
  slope = slope.numel() == 1 ? slope.expand(extents) : slope.reshape(extents);
  call.finish("PRelu", {call.value("self"), call.add_constant("weight", slope)});
}

void leaky_relu(const AtenCall& call) {
  call.finish("LeakyRelu", {call.value("self")},
              {{"alpha", static_cast<float>(call.number("negative_slope"))}});
}

struct PoolingWindow {
  Ints kernel, strides, padding;
  Ints overhang;  ///< rows and columns by which the last window goes beyond the padded image
};

/// ceil_mode needs no word in ONNX: the shapes are known, and the overhang becomes padding.
PoolingWindow window_of(const AtenCall& call) {
  PoolingWindow window{pair(call.integers("kernel_size")),
                       call.integers("stride"),
                       pair(call.integers("padding")),
                       {}};
  window.strides = window.strides.empty() ? window.kernel : pair(window.strides);
  const Ints input = call.shape("self"), output = call.output_shape();
  for (size_t i = 0; i < 2; ++i) {
    const int64_t covered = (output[i + 2] - 1) * window.strides[i] + window.kernel[i];
    window.overhang.push_back(std::max<int64_t>(0, covered - input[i + 2] - 2 * window.padding[i]));
  }
  return window;
}

void max_pool(const AtenCall& call) {
  call.require(pair(call.integers("dilation")) == Ints{1, 1}, "OpenCV has no dilated max pooling");
  const auto [kernel, strides, padding, overhang] = window_of(call);
  call.finish(
      "MaxPool", {call.value("self")},
      {{"kernel_shape", kernel},
       {"strides", strides},
       {"pads", Ints{padding[0], padding[1], padding[0] + overhang[0], padding[1] + overhang[1]}}});
}

void average_pool(const AtenCall& call) {
  const auto [kernel, strides, padding, overhang] = window_of(call);
  call.require(overhang == Ints{0, 0}, "average pooling must not go beyond the image: ceil_mode");
  call.require(!call.is_given("divisor_override"), "divisor_override has no form");
  std::string input = call.value("self");
  Ints pads = {padding[0], padding[1], padding[0], padding[1]};
  if (padding != Ints{0, 0} && call.flag("count_include_pad")) {
    // OpenCV 4.6 does not read count_include_pad: pad first, then leave nothing out.
    input = call.emit(
        "Pad",
        {input, call.add_constant("pads", Ints{0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]})});
    pads = {0, 0, 0, 0};
  }
  call.finish("AveragePool", {input},
              {{"kernel_shape", kernel}, {"strides", strides}, {"pads", pads}});
}

void adaptive_average_pool(const AtenCall& call) {
  const Ints input = call.shape("self"), output = call.output_shape();
  if (output[2] == 1 && output[3] == 1)
    return call.finish("GlobalAveragePool", {call.value("self")});
  call.require(input[2] % output[2] == 0 && input[3] % output[3] == 0,
               "the image's size must be a multiple of the adaptive pooling's");
  const Ints window = {input[2] / output[2], input[3] / output[3]};
  call.finish("AveragePool", {call.value("self")},
              {{"kernel_shape", window}, {"strides", window}, {"pads", Ints{0, 0, 0, 0}}});
}

void mean(const AtenCall& call) {
  const size_t rank = call.shape("self").size();
  Ints axes = call.is_given("dim") ? call.integers("dim") : Ints{0};
  for (int64_t& axis : axes) axis = axis_of(call, axis, rank);
  std::sort(axes.begin(), axes.end());
  call.require(rank == 4 && axes == Ints{2, 3}, "only a mean over height and width has a form");
  if (call.flag("keepdim")) return call.finish("GlobalAveragePool", {call.value("self")});
  call.finish("Flatten", {call.emit("GlobalAveragePool", {call.value("self")})},
              {{"axis", int64_t{1}}});
}

/// view, flatten, squeeze, ...: whatever the call, the trace knows what became of the shape.
void reshape(const AtenCall& call) {
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

void concatenate(const AtenCall& call) {
  const int64_t axis = axis_of(call, call.integer("dim"), call.output_shape().size());
  call.finish("Concat", call.values("tensors"), {{"axis", axis}});
}

void slice(const AtenCall& call) {
  const Ints before = call.shape("self");
  if (before == call.output_shape()) return call.finish_as(call.value("self"));
  const int64_t axis = axis_of(call, call.integer("dim"), before.size());
  const int64_t extent = before[static_cast<size_t>(axis)];
  const auto bound = [&](const char* name, int64_t otherwise) {
    const int64_t index = call.is_given(name) ? call.integer(name) : otherwise;
    return Ints{std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent)};
  };
  call.finish("Slice", {call.value("self"), call.add_constant("starts", bound("start", 0)),
                        call.add_constant("ends", bound("end", extent)),
                        call.add_constant("axes", Ints{axis}),
                        call.add_constant("steps", Ints{call.integer("step")})});
}

/// LibTorch lists (before, after) from the last axis on, ONNX all befores, then all afters.
void pad(const AtenCall& call) {
  const auto kConstant = static_cast<int64_t>(at::padding_mode::constant);
  call.require(!call.is_given("mode") || call.integer("mode") == kConstant,
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

void nothing(const AtenCall& call) {
  call.finish_as(call.value(call.is_given("input") ? "input" : "self"));
}

/// The graph has one type throughout.
void cast(const AtenCall& call) {
  const auto from = call.type("self"), to = call.output_type();
  if (from != to) call.refuse(c10::str("a conversion has no form, here from ", from, " to ", to));
  nothing(call);
}

void dropout(const AtenCall& call) {
  call.require(!call.flag("train"), "dropout is on in evaluation mode");
  nothing(call);
}

const std::map<std::string, Converter>& table() {
  static const std::map<std::string, Converter> converters = {
      {"aten::_convolution", convolution},
      {"aten::_pad_enum", pad},
      {"aten::adaptive_avg_pool2d", adaptive_average_pool},
      {"aten::add", binary("Add")},
      {"aten::addmm", addmm},
      {"aten::alias", nothing},
      {"aten::avg_pool2d", average_pool},
      {"aten::batch_norm", batch_norm},
      {"aten::cat", concatenate},
      {"aten::clone", nothing},
      {"aten::constant_pad_nd", pad},
      {"aten::contiguous", nothing},
      {"aten::detach", nothing},
      {"aten::div", binary("Div")},
      {"aten::dropout", dropout},
      {"aten::feature_dropout", dropout},
      {"aten::flatten", reshape},
      {"aten::leaky_relu", leaky_relu},
      {"aten::linear", linear},
      {"aten::matmul", matmul},
      {"aten::max_pool2d", max_pool},
      {"aten::mean", mean},
      {"aten::mm", matmul},
      {"aten::mul", binary("Mul")},
      {"aten::prelu", prelu},
      {"aten::relu", unary("Relu")},
      {"aten::reshape", reshape},
      {"aten::sigmoid", unary("Sigmoid")},
      {"aten::slice", slice},
      {"aten::squeeze", reshape},
      {"aten::sub", binary("Sub")},
      {"aten::tanh", unary("Tanh")},
      {"aten::to", cast},
      {"aten::unsqueeze", reshape},
      {"aten::view", reshape},
  };
  return converters;
}

}  // namespace

void convert(const AtenCall& call, const std::string& aten_op) {
  const auto converter = table().find(aten_op);
  if (converter == table().end())
    throw std::runtime_error("export: no ONNX form for " + aten_op +
                             "; add a converter to gmtrain/export/aten_to_onnx.cpp");
  converter->second(call);
}

}  // namespace gmtrain
