// SPDX-License-Identifier: Apache-2.0
// The cut network in cv::dnn, and what it makes of many pictures.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

#include "core/images/image_folder.hpp"
#include "core/images/seen_pictures.hpp"
#include "core/onnx/cut_network.hpp"
#include "gmattach/options.hpp"
#include "gmattach/pictures.hpp"

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

/// A row for each picture that could be read.
struct Features {
  std::vector<gmtrain::ImageFile> files;
  cv::Mat values;  ///< [n,D] CV_32F, those of an earlier map last
  /// What the network's own last layer says: its scores, the class and its softmax; empty if that
  /// is not known.
  cv::Mat scores;  ///< [n,K] CV_32F
  std::vector<int64_t> own_class;
  std::vector<double> own_confidence;
  int64_t broken = 0;  ///< pictures that could not be read, each of them reported

  int64_t size() const { return static_cast<int64_t>(files.size()); }
};

/// Shows a progress bar on standard error.
/// @param label what is being done
/// @param seen is told of each picture, if given
/// @throws std::runtime_error if no picture can be read, or a feature is not finite, naming it
Features compute_features(FeatureNetwork& network, const std::vector<gmtrain::ImageFile>& files,
                          const cv::dnn_gm::ImagePreparation& how, const Options& options,
                          const std::string& label, gmtrain::SeenPictures* seen = nullptr);

/// The same of pictures that are read once: as they are, and then spoiled in each of these ways.
std::vector<Features> compute_features(FeatureNetwork& network,
                                       const std::vector<gmtrain::ImageFile>& files,
                                       const cv::dnn_gm::ImagePreparation& how,
                                       const Options& options, const std::string& label,
                                       const std::vector<Spoiling>& ways,
                                       gmtrain::SeenPictures* seen = nullptr);

}  // namespace gmattach
