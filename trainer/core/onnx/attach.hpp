// SPDX-License-Identifier: Apache-2.0
// A GMHead behind a network that was made elsewhere.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "core/onnx/gm_head.hpp"
#include "core/onnx/writer.hpp"

namespace gmtrain {

/// From the features [N,D] of a network to those [N,E] of a mixture: (x' - centre) map^T, where x'
/// is x with its first columns divided by their length.
struct FeaturePath {
  int64_t scaled_columns = 0;  ///< what has no length stays 0
  std::vector<float> centre;   ///< [D]
  std::vector<float> map;      ///< [E,D]
};

/// The bytes of a model with GMHead, which has passed ONNX's checker and shape inference: as
/// onnx_bytes() says, but N may be 1, as it is in the network.
/// @param network what cut_network() makes, without the network's own scores
/// @param head of E dimensions, whose preparation is that of the network's images
/// @throws std::invalid_argument if the head is wrong in itself or does not fit path and network
/// @throws std::runtime_error with ONNX's message if the model is not valid
std::string attached_bytes(const onnx::ModelProto& network, const FeaturePath& path,
                           const GmHead& head, const ModelInfo& info = {});

}  // namespace gmtrain
