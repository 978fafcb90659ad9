// SPDX-License-Identifier: Apache-2.0
// Arithmetic of tensors and constants.
#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

/// add, sub: self +- alpha * other; mul, div.
AtenConverter binary(const char* op) {
  return [op](const AtenCall& call) {
    call.require(!call.is_given("rounding_mode"), "rounding_mode has no form");
    const double alpha = call.is_given("alpha") ? call.number("alpha") : 1;
    const Ints shape = call.output_shape();
    call.finish(op, {operand(call, "self", shape), operand(call, "other", shape, alpha)});
  };
}

/// other - alpha * self, as 1 - x.
void reversed_sub(const AtenCall& call) {
  const Ints shape = call.output_shape();
  call.finish("Sub",
              {operand(call, "other", shape), operand(call, "self", shape, call.number("alpha"))});
}

void square(const AtenCall& call) {
  call.finish("Mul", {call.value("self"), call.value("self")});
}

void power(const AtenCall& call) {
  call.finish("Pow", {call.value("self"),
                      call.add_constant("exponent", at::full({}, call.number("exponent")))});
}

const Registered<AtenConverter> registered_aten_add("aten::add", binary("Add"));
const Registered<AtenConverter> registered_aten_div("aten::div", binary("Div"));
const Registered<AtenConverter> registered_aten_mul("aten::mul", binary("Mul"));
const Registered<AtenConverter> registered_aten_pow("aten::pow", power);
const Registered<AtenConverter> registered_aten_rsub("aten::rsub", reversed_sub);
const Registered<AtenConverter> registered_aten_square("aten::square", square);
const Registered<AtenConverter> registered_aten_sub("aten::sub", binary("Sub"));

}  // namespace
}  // namespace gmtrain
