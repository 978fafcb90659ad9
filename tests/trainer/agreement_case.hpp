// SPDX-License-Identifier: Apache-2.0
// A folder that onnx_agreement.py reads: a model, images, and what the six outputs must be.
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "trainer/export_heads.hpp"

namespace gmtrain::test {

/// Writes a NumPy file. @param tensor float32 or float64, of any shape
void write_npy(const std::filesystem::path& file, const torch::Tensor& tensor);

/// Writes image.npy [N,C,H,W], features.npy [N,D] of them, <output>.npy for each output and
/// p_value_slack.npy; the model is expected to be, or come, beside them as model.onnx.
void write_agreement_case(const std::filesystem::path& folder, const torch::Tensor& images,
                          const HeadOutputs& expected);

}  // namespace gmtrain::test
