// SPDX-License-Identifier: Apache-2.0
// A fitted mixture behind its network, as the file that applications read.
#pragma once

#include <onnx/onnx_pb.h>

#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

#include "gmattach/measure.hpp"
#include "gmattach/options.hpp"

namespace gmattach {

struct WrittenModel {
  std::string bytes;
};

/// @param network up to its features
/// @param calibrated the pictures that the mixture was calibrated on: their ranges, and risks shown
///                   by them, are attributes of the model
/// @throws std::exception as gmtrain::attached_bytes
WrittenModel model_with_head(const onnx::ModelProto& network, cv::dnn_gm::GaussianMixture& mixture,
                             const Features& calibrated,
                             const cv::dnn_gm::ImagePreparation& preparation,
                             const std::vector<std::string>& classes, const Options& options);

/// Reads the model as an application does, and compares what it says of a few pictures with what
/// was measured: class, confidence, log-density and p-value.
/// @param calibrated how many pictures p-values are ranks among
/// @throws std::runtime_error naming a picture on which they differ
void check_written(const WrittenModel& written, const Judged& test, int64_t calibrated);

}  // namespace gmattach
