// SPDX-License-Identifier: Apache-2.0
// A fitted mixture behind its network, as the file that applications read.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <opencv2/dnn_gm.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/images/seen_pictures.hpp"
#include "gmattach/measure.hpp"
#include "gmattach/options.hpp"

namespace gmattach {

/// What p-values are ranks among.
struct CalibratedOn {
  int64_t images = 0;
  std::string words;                               ///< what these pictures are
  std::optional<gmtrain::PictureRanges> pictures;  ///< their ranges
  /// Those that the mixture was not fitted to: risks are shown by them. Null if there are none.
  const Features* held_out = nullptr;
};

/// The bytes of a model.
/// @param network up to its features
/// @throws std::exception as gmtrain::attached_bytes
std::string model_with_head(const onnx::ModelProto& network, cv::dnn_gm::GaussianMixture& mixture,
                            const CalibratedOn& calibrated,
                            const cv::dnn_gm::ImagePreparation& preparation,
                            const std::vector<std::string>& classes, const Options& options);

/// Reads a model as an application does, and compares what it says of a few pictures with what was
/// measured: class, confidence, log-density and p-value.
/// @param calibrated how many pictures p-values are ranks among
/// @throws std::runtime_error naming a picture on which they differ
void check_written(const std::string& bytes, const Judged& test, int64_t calibrated);

}  // namespace gmattach
