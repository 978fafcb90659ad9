// SPDX-License-Identifier: Apache-2.0
// Convolution and batch norm.
#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

void convolution(const AtenCall& call) {
  call.require(!call.flag("transposed"), "transposed convolution has no form");
  const at::Tensor weight = call.constant("weight");
  call.require(weight.dim() == 4, "only 2-D convolution has a form");
  const Ints padding = pair_of(call.integers("padding"));
  std::vector<std::string> inputs = {call.value("input"), call.add_constant("weight", weight)};
  if (call.is_given("bias")) inputs.push_back(call.add_constant("bias", call.constant("bias")));
  call.finish("Conv", inputs,
              {{"kernel_shape", Ints{weight.size(2), weight.size(3)}},
               {"strides", pair_of(call.integers("stride"))},
               {"pads", Ints{padding[0], padding[1], padding[0], padding[1]}},
               {"dilations", pair_of(call.integers("dilation"))},
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

const Registered<AtenConverter> registered_aten_convolution("aten::_convolution", convolution);
const Registered<AtenConverter> registered_aten_batch_norm("aten::batch_norm", batch_norm);

}  // namespace
}  // namespace gmtrain
