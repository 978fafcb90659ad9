// SPDX-License-Identifier: Apache-2.0
// Graph pass: arithmetic of shapes, worked out.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

namespace gmtrain {

/// Whole numbers that follow from constants, and from shapes that are known but for the first axis,
/// become initialisers: exporters write paddings and shapes as chains of ten operators, which
/// OpenCV's importer does not work out.
void fold_shapes(onnx::GraphProto& graph);

}  // namespace gmtrain
