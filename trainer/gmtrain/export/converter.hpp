// SPDX-License-Identifier: Apache-2.0
// What writes one operator of LibTorch in ONNX's. Each is registered under the name of the operator
// by the file in converters/ that has it, of which there is one for each kind:
//
//   const Registered<AtenConverter> registered_aten_relu("aten::relu", unary("Relu"));
//
// Where ONNX has several forms, the one that OpenCV 4.6 computes rightly is chosen.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "gmtrain/export/aten_call.hpp"

namespace gmtrain {

using AtenConverter = std::function<void(const AtenCall&)>;
using Ints = std::vector<int64_t>;

/// Two values from a list that may hold one for both.
Ints pair_of(Ints values);

/// An axis counted from the first, which is the batch's and not to be named.
int64_t axis_of(const AtenCall& call, int64_t axis, size_t rank);

/// An argument of an operator on elements, times a factor: a value of shape `shape`, a constant
/// that broadcasts to it, or a value [N,C,1,1] for an image of values. @return the name of it in
/// ONNX
std::string operand(const AtenCall& call, const char* name, const Ints& shape, double factor = 1);

/// A constant as an operator on elements of shape `shape` takes it.
std::string constant_operand(const AtenCall& call, const char* name, const at::Tensor& constant,
                             const Ints& shape);

/// [N,T,D], [N,H,W,D], ... as rows [M,D], whose operators every runtime has, and back to `shape`.
std::string as_rows(const AtenCall& call, const std::string& value, const Ints& shape);
std::string from_rows(const AtenCall& call, const std::string& rows, const Ints& shape);

/// rows [M,I] times `weight` [O,I] plus `bias` [O], if defined. The constants are named for the
/// arguments that they are of. @return [M,O]
std::string linear_rows(const AtenCall& call, const std::string& rows, const char* weight_name,
                        const at::Tensor& weight, const char* bias_name, const at::Tensor& bias);

/// From `first` to before `end` along an axis.
std::string part_of(const AtenCall& call, const std::string& value, int64_t axis, int64_t first,
                    int64_t end, int64_t step = 1);

}  // namespace gmtrain
