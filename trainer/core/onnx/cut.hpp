// SPDX-License-Identifier: Apache-2.0
// Where the last layer of a classifier begins: what it reads are the features.
// Not to be included beside LibTorch: it brings protobuf.
#pragma once

#include <cstdint>
#include <string>

#include "core/onnx/classifier.hpp"

namespace gmtrain {

/// A feature map whose means over the image are features too.
struct EarlierMap {
  std::string tensor;  ///< empty: there is none
  int64_t channels = 0;
  bool channels_last = false;  ///< [N,H,W,C]; otherwise [N,C,H,W]
};

struct Cut {
  std::string tensor;          ///< the features
  int64_t rank = 2;            ///< [N,D], or 4: a feature is the mean over the image
  bool channels_last = false;  ///< of rank 4: [N,H,W,D]; otherwise [N,D,H,W]
  int64_t pixels = 0;          ///< of rank 4: H x W; 0 if it is not known
  int64_t dimension = 0;       ///< D; 0 if it is not known
  std::string scores;          ///< what the network says of the classes, [N,K]; empty if not known
  int64_t classes = 0;         ///< K; 0 if the scores are not known
  std::string where;           ///< in words
  EarlierMap earlier;          ///< of find_earlier_map(), if it is to be kept beside the features
};

/// Walks back from the output, through what leaves the order of the classes and the number of
/// features as they are (Softmax, LogSoftmax, Sigmoid, Cast, Identity, Flatten, Reshape, Squeeze,
/// Unsqueeze, Transpose, Dropout), to the layer that gives the scores of the classes: Gemm, MatMul
/// with or without Add, or a 1x1 convolution, which may have an activation and a mean over the
/// image after it.
/// @param layer a value, or a node, whose output is meant, to cut at instead
/// @throws std::runtime_error naming the nodes that were met and what to do, or saying what is at
///                            `layer`
Cut find_cut(const Classifier& classifier, const std::string& layer = "");

/// The last feature map before the resolution falls for the last time, of those that all that
/// follows depends on. It sees what a network was not trained on, and has since put out of sight.
/// @return one without a tensor where there is none
EarlierMap find_earlier_map(const Classifier& classifier, const Cut& cut);

}  // namespace gmtrain
