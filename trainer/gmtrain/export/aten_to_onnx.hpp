// SPDX-License-Identifier: Apache-2.0
// From LibTorch's operators to ONNX's.
#pragma once

#include <string>

#include "gmtrain/export/aten_call.hpp"

namespace gmtrain {

/// Replaces one recorded call by ONNX operators that onnxruntime and OpenCV 4.6 compute alike.
/// @throws std::runtime_error naming the operator that has no converter, or what of it has no form
void convert(const AtenCall& call, const std::string& aten_op);

}  // namespace gmtrain
