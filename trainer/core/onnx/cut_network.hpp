// SPDX-License-Identifier: Apache-2.0
// The part of a classifier that makes features of images, as the beginning of another model.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "core/onnx/classifier.hpp"
#include "core/onnx/cut.hpp"

namespace gmtrain {

/// How a network wants the pixels 0..255: (scale * pixel - mean) / deviation, by channel.
struct PixelScaling {
  double scale = 1;
  std::vector<double> mean{0}, deviation{1};  ///< one for all channels, or one for each, in the
                                              ///< order of the network's channels
};

/// Names of values in the model of cut_network().
constexpr const char* kImageName = "image";
constexpr const char* kFeaturesName = "features";
constexpr const char* kScoresName = "scores";
/// What attached_bytes() makes of the features, for the head.
constexpr const char* kMixtureFeatures = "mixture_features";

struct CutOptions {
  PixelScaling pixels;
  /// Several images at once: reshapes to the shapes of one image leave the first axis as it is.
  /// Whether the network is right then must be tried. Otherwise it takes one image.
  bool any_batch = true;
  bool with_scores = false;  ///< the network's own scores as a second output, if there are any
};

/// A model of opset 17: image [N,C,H,W], pixels 0..255, to features, float32: [N,D], or [N,D+E]
/// with the means of an earlier map of E channels behind them.
///
/// Means over the image are global pooling, casts that do nothing are left out, and values that are
/// called as those of GMHead are renamed.
/// @throws std::invalid_argument for a scaling that does not fit the channels
/// @throws std::runtime_error where ONNX cannot bring the network to opset 17
onnx::ModelProto cut_network(const Classifier& classifier, const Cut& cut,
                             const CutOptions& options);

}  // namespace gmtrain
