// SPDX-License-Identifier: Apache-2.0
// The body of dnn_gm.GMHead as an ONNX local function in standard operators.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include "core/onnx/gm_head.hpp"

namespace gmtrain {

constexpr const char* kGmHeadDomain = "dnn_gm";
constexpr const char* kGmHeadName = "GMHead";
constexpr int64_t kGmHeadVersion = 1;
constexpr int64_t kOnnxOpset = 17;
constexpr int64_t kOnnxIrVersion = 8;  ///< the first with local functions

/// Any runtime without a kernel for GMHead runs this in its place, with the same six outputs.
/// @param head whose shapes the body is written for: whether there is one class, the form of the
///             variances and that of the calibration
onnx::FunctionProto gm_head_function(const GmHead& head);

}  // namespace gmtrain
