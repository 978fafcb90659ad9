// SPDX-License-Identifier: Apache-2.0
// An exported file run by OpenCV, held to what its outputs must be.
#pragma once

#include <filesystem>

#include "trainer/export_heads.hpp"

namespace gmtrain::test {

/// What each output may differ by: 1e-4 relative. Probabilities are relative to their sum;
/// logarithms pass through 0, where 1e-4 of the density is 1e-4 in its logarithm; p-values may
/// differ by one sample of the calibration. @param output position among the six
torch::Tensor allowed(size_t output, const HeadOutputs& expected);

/// Boost.Test checks of all six outputs, of shape and value, at batch sizes 1, 7 and all.
/// @param images [N,C,H,W] float32 pixels
void check_opencv(const std::filesystem::path& model, const torch::Tensor& images,
                  const HeadOutputs& expected);

}  // namespace gmtrain::test
