// SPDX-License-Identifier: Apache-2.0
// The cut network in cv::dnn.
#pragma once

#include <cstdint>
#include <opencv2/dnn.hpp>
#include <string>

#include "core/onnx/cut_network.hpp"

namespace gmattach {

/// What a network makes of a batch.
struct NetworkOutput {
  cv::Mat features;  ///< [N,D] CV_32F
  cv::Mat scores;    ///< [N,K] CV_32F, or empty
};

/// A classifier up to its features. What is measured are the bytes that are written, but for the
/// network's own last layer, which is kept to be compared with.
class FeatureNetwork {
 public:
  /// Finds out by noise whether OpenCV runs the network, and several images at once: those of some
  /// exports are written into the graph.
  /// @throws std::runtime_error where OpenCV cannot read or run it, with its message
  FeatureNetwork(const gmtrain::Classifier& classifier, const gmtrain::Cut& cut,
                 const gmtrain::PixelScaling& pixels);

  /// @param images [N,C,H,W] CV_32F, pixels 0..255
  NetworkOutput run(const cv::Mat& images);

  bool takes_batches() const { return any_batch_; }
  bool has_scores() const { return has_scores_; }
  int64_t dimension() const { return dimension_; }

  /// The network without its own scores.
  const onnx::ModelProto& model() const { return model_; }

 private:
  bool try_network(const gmtrain::Classifier& classifier, const gmtrain::Cut& cut,
                   const gmtrain::CutOptions& options);
  NetworkOutput forward(const cv::Mat& images);

  onnx::ModelProto model_;
  cv::dnn::Net net_;
  bool any_batch_ = false, has_scores_ = false;
  int64_t dimension_ = 0, classes_ = 0;
};

}  // namespace gmattach
