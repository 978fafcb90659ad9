// SPDX-License-Identifier: Apache-2.0
// A classifier as somebody else exported it.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gmtrain {

constexpr int64_t kOldestOpset = 9, kNewestOpset = 20;

/// What a graph takes: a float32 image, 0 where the file does not say.
struct ImageInput {
  std::string name;
  bool channels_last = false;  ///< [N,H,W,C] as TensorFlow has it; otherwise [N,C,H,W]
  int64_t channels = 0, height = 0, width = 0;
};

struct Classifier {
  onnx::ModelProto model;  ///< of opset 9 to 17, all shapes that can be inferred in value_info
  int64_t opset = 0;       ///< the file's own
  ImageInput input;
};

/// Reads a file and fixes the size of its images, so that shapes can be inferred for one image.
/// Operators of opset 18 to 20 are written as those of opset 17.
/// @param height,width of the images, where the file leaves them open; 0: as in the file
/// @throws std::runtime_error naming the file and what was expected: where it is no ONNX model, has
///         another opset, weights in other files, operators or functions of its own, tensors and
///         nodes that model_checks.hpp refuses, an input that is not one image, no size, one beyond
///         4096 x 4096 pixels or another than is asked for, or operators that opset 17 has no
///         counterpart of
Classifier read_classifier(const std::filesystem::path& file, int64_t height = 0,
                           int64_t width = 0);

/// The same of a model's bytes. @param name for messages
Classifier classifier_of(const std::string& bytes, const std::string& name, int64_t height = 0,
                         int64_t width = 0);

}  // namespace gmtrain
