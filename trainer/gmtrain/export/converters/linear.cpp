// SPDX-License-Identifier: Apache-2.0
// Linear layers and products of matrices.
#include "gmtrain/export/converter.hpp"

namespace gmtrain {
namespace {

at::Tensor constant_or_none(const AtenCall& call, const char* name) {
  return call.is_given(name) ? call.constant(name) : at::Tensor();
}

void linear(const AtenCall& call) {
  const Ints shape = call.shape("input");
  const std::string rows =
      linear_rows(call, as_rows(call, call.value("input"), shape), "weight",
                  call.constant("weight"), "bias", constant_or_none(call, "bias"));
  call.finish_as(from_rows(call, rows, call.output_shape()));
}

void addmm(const AtenCall& call) {
  call.require(call.number("beta") == 1 && call.number("alpha") == 1, "alpha and beta must be 1");
  call.finish_as(linear_rows(call, call.value("mat1"), "mat2", call.constant("mat2").t(), "self",
                             call.constant("self")));
}

void matmul(const AtenCall& call) {
  const char* right = call.is_given("mat2") ? "mat2" : "other";
  const Ints shape = call.shape("self");
  if (!call.is_constant(right)) {
    call.require(shape.size() >= 3 && call.shape(right).size() == shape.size(),
                 "a product of computed matrices has a form with the same axes before them alone");
    return call.finish("MatMul", {call.value("self"), call.value(right)});
  }
  const at::Tensor matrix = call.constant(right);
  call.require(matrix.dim() == 2 && shape.size() >= 2,
               "a product with a constant has a form if that is a matrix");
  const std::string rows = linear_rows(call, as_rows(call, call.value("self"), shape), right,
                                       matrix.t(), nullptr, at::Tensor());
  call.finish_as(from_rows(call, rows, call.output_shape()));
}

const Registered<AtenConverter> registered_aten_addmm("aten::addmm", addmm);
const Registered<AtenConverter> registered_aten_bmm("aten::bmm", matmul);
const Registered<AtenConverter> registered_aten_linear("aten::linear", linear);
const Registered<AtenConverter> registered_aten_matmul("aten::matmul", matmul);
const Registered<AtenConverter> registered_aten_mm("aten::mm", matmul);

}  // namespace
}  // namespace gmtrain
