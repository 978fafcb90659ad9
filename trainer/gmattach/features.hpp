// SPDX-License-Identifier: Apache-2.0
// What a network makes of many pictures.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

#include "core/images/image_folder.hpp"
#include "core/onnx/gm_head.hpp"
#include "gmattach/feature_network.hpp"
#include "gmattach/options.hpp"

namespace gmattach {

/// A row for each picture that could be read.
struct Features {
  std::vector<gmtrain::ImageFile> files;
  cv::Mat values;  ///< [n,D] CV_32F, those of an earlier map last
  /// What the network's own last layer says: its class and the softmax of its scores there; empty
  /// if that is not known.
  std::vector<int64_t> own_class;
  std::vector<double> own_confidence;
  gmtrain::PictureRanges pictures;  ///< but for the hundredth at either end
  int64_t broken = 0;               ///< pictures that could not be read, each of them reported

  int64_t size() const { return static_cast<int64_t>(files.size()); }
};

/// What is done to a prepared picture before the network sees it.
/// @param image [C,H,W] CV_32F, pixels 0..255
/// @param number of the picture, on which alone what is random depends
using ChangePicture = std::function<void(cv::Mat& image, uint64_t number)>;

/// Shows a progress bar on standard error.
/// @param label what is being done
/// @param change empty: pictures stay as they are
/// @throws std::runtime_error if no picture can be read, or a feature is not finite, naming it
Features compute_features(FeatureNetwork& network, const std::vector<gmtrain::ImageFile>& files,
                          const cv::dnn_gm::ImagePreparation& how, const Options& options,
                          const std::string& label, const ChangePicture& change = {});

}  // namespace gmattach
