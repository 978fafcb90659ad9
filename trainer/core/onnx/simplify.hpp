// SPDX-License-Identifier: Apache-2.0
// Operators that OpenCV 4.6 runs, in the place of those that it does not, or not as ONNX says.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <set>
#include <string>

#include "core/onnx/model_parts.hpp"

namespace gmtrain {

/// Writes simpler operators for the same values.
/// @param kept values that must go on being called so
/// @param any_batch as CutOptions
void simplify(onnx::GraphProto& graph, const std::set<std::string>& kept, bool any_batch);

/// The mean over the image of a 4-D value.
/// @param flatten makes it [N,C]; otherwise [N,C,1,1]
void add_pooling(OnnxNodes& nodes, const std::string& input, const std::string& output,
                 bool channels_last, bool flatten);

/// Renames values everywhere, in subgraphs too.
void rename(onnx::GraphProto& graph, const std::map<std::string, std::string>& names);

}  // namespace gmtrain
