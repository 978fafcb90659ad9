// SPDX-License-Identifier: Apache-2.0
// A trained network and its Gaussian mixture as one ONNX file.
#pragma once

#include <filesystem>

#include "core/calibration/calibration.hpp"
#include "core/onnx/gm_head.hpp"
#include "core/onnx/writer.hpp"
#include "gmtrain/export/trace.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

class Model;

/// Writes `features` of images of shape `input_shape` (C,H,W), followed by GMHead. Whatever is to
/// happen to the pixels must be part of `features`.
///
/// @throws std::runtime_error if the network uses an operator without a converter
/// @throws std::invalid_argument if the head is wrong in itself or does not fit the network
/// @throws std::filesystem::filesystem_error if the file cannot be written
void export_onnx(torch::nn::Module& network, const FeaturesFunction& features,
                 const std::array<int64_t, 3>& input_shape, const GmHead& head,
                 const std::filesystem::path& file, const ModelInfo& info = {});

/// The same of a model: its pixel scaling and network.
void export_onnx(Model& model, const std::array<int64_t, 3>& input_shape, const GmHead& head,
                 const std::filesystem::path& file, const ModelInfo& info = {});

/// Writes a model whose loss has affinities of the classes and no Gaussian mixture, as a classifier
/// without a head: images, pixels 0..255, to affinities [N,K].
/// @throws as export_onnx(); std::runtime_error for other losses
void export_classifier(Model& model, const std::array<int64_t, 3>& input_shape,
                       const std::filesystem::path& file);

/// @param calibration null for a head that is not calibrated
/// @throws std::runtime_error if the run's loss has no Gaussian mixture
GmHead head_of_run(const TrainedRun& run, const Calibration* calibration);

}  // namespace gmtrain
