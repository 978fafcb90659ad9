// SPDX-License-Identifier: Apache-2.0
// Functions of each element, and softmax.
#include <cmath>
#include <limits>

#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

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

/// min(max(scale * x + shift, 0), 1): OpenCV 4.6 reads no Clip of this opset.
std::string clipped_line(const AtenCall& call, double scale, double shift) {
  return call.emit("HardSigmoid", {call.value("self")},
                   {{"alpha", static_cast<float>(scale)}, {"beta", static_cast<float>(shift)}});
}

std::string plus(const AtenCall& call, const std::string& value, double number) {
  if (number == 0) return value;
  return call.emit("Add", {value, call.add_constant("bound", at::full({1}, number))});
}

std::string times(const AtenCall& call, const std::string& value, double factor) {
  if (factor == 1) return value;
  return call.emit("Mul", {value, call.add_constant("factor", at::full({1}, factor))});
}

/// Bounds that float32 does not reach are none.
void finish_between(const AtenCall& call, double low, double high) {
  constexpr double kMost = std::numeric_limits<float>::max();
  call.require(low < high, "the lower bound must be below the upper");
  if (low <= -kMost && high >= kMost) return call.finish_as(call.value("self"));
  call.require(low > -kMost, "only an upper bound has no form");
  if (high >= kMost)
    return call.finish_as(
        plus(call, call.emit("Relu", {plus(call, call.value("self"), -low)}), low));
  const double range = high - low;
  call.finish_as(plus(call, times(call, clipped_line(call, 1 / range, -low / range), range), low));
}

void hardtanh(const AtenCall& call) {
  finish_between(call, call.number("min_val"), call.number("max_val"));
}

void relu6(const AtenCall& call) {
  finish_between(call, 0, 6);
}

void clamp(const AtenCall& call) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  finish_between(call, call.is_given("min") ? call.number("min") : -kNone,
                 call.is_given("max") ? call.number("max") : kNone);
}

void hardsigmoid(const AtenCall& call) {
  call.finish_as(clipped_line(call, 1.0 / 6, 0.5));
}

void hardswish(const AtenCall& call) {
  call.finish("Mul", {call.value("self"), clipped_line(call, 1.0 / 6, 0.5)});
}

void silu(const AtenCall& call) {
  call.finish("Mul", {call.value("self"), call.emit("Sigmoid", {call.value("self")})});
}

void gelu(const AtenCall& call) {
  call.require(!call.is_given("approximate") || call.text("approximate") == "none",
               "gelu by tanh has no form");
  const std::string x = call.value("self");
  const std::string integral = call.emit("Erf", {times(call, x, std::sqrt(0.5))});
  call.finish("Mul", {times(call, x, 0.5), plus(call, integral, 1)});
}

void elu(const AtenCall& call) {
  call.require(call.number("scale") == 1 && call.number("input_scale") == 1,
               "scales of elu must be 1");
  call.finish("Elu", {call.value("self")}, {{"alpha", static_cast<float>(call.number("alpha"))}});
}

void softplus(const AtenCall& call) {
  call.require(call.number("beta") == 1, "beta of softplus must be 1");
  call.finish("Softplus", {call.value("self")});
}

void softmax(const AtenCall& call) {
  const size_t rank = call.shape("self").size();
  call.finish("Softmax", {call.value("self")},
              {{"axis", axis_of(call, call.integer("dim"), rank)}});
}

AtenConverter unary(const char* op) {
  return [op](const AtenCall& call) { call.finish(op, {call.value("self")}); };
}

const Registered<AtenConverter> registered_aten_abs("aten::abs", unary("Abs"));
const Registered<AtenConverter> registered_aten_clamp("aten::clamp", clamp);
const Registered<AtenConverter> registered_aten_clamp_min("aten::clamp_min", clamp);
const Registered<AtenConverter> registered_aten_elu("aten::elu", elu);
const Registered<AtenConverter> registered_aten_exp("aten::exp", unary("Exp"));
const Registered<AtenConverter> registered_aten_gelu("aten::gelu", gelu);
const Registered<AtenConverter> registered_aten_hardsigmoid("aten::hardsigmoid", hardsigmoid);
const Registered<AtenConverter> registered_aten_hardswish("aten::hardswish", hardswish);
const Registered<AtenConverter> registered_aten_hardtanh("aten::hardtanh", hardtanh);
const Registered<AtenConverter> registered_aten_leaky_relu("aten::leaky_relu", leaky_relu);
const Registered<AtenConverter> registered_aten_log("aten::log", unary("Log"));
const Registered<AtenConverter> registered_aten_neg("aten::neg", unary("Neg"));
const Registered<AtenConverter> registered_aten_prelu("aten::prelu", prelu);
const Registered<AtenConverter> registered_aten_relu("aten::relu", unary("Relu"));
const Registered<AtenConverter> registered_aten_relu6("aten::relu6", relu6);
const Registered<AtenConverter> registered_aten_sigmoid("aten::sigmoid", unary("Sigmoid"));
const Registered<AtenConverter> registered_aten_silu("aten::silu", silu);
const Registered<AtenConverter> registered_aten_softmax("aten::softmax", softmax);
const Registered<AtenConverter> registered_aten_softplus("aten::softplus", softplus);
const Registered<AtenConverter> registered_aten_sqrt("aten::sqrt", unary("Sqrt"));
const Registered<AtenConverter> registered_aten_tanh("aten::tanh", unary("Tanh"));

}  // namespace
}  // namespace gmtrain
