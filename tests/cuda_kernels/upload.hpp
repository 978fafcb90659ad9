// SPDX-License-Identifier: Apache-2.0
// The head's constants, where kernels run.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "cuda_kernels/machine.hpp"

namespace gm_test {

/// As makeDeviceHead() calls it; keeps what it has copied.
struct Upload {
  const void* operator()(const cv::Mat& values) {
    const auto* bytes = values.data;
    copies.emplace_back(
        std::vector<unsigned char>(bytes, bytes + values.total() * values.elemSize()));
    return copies.back().data();
  }

  std::vector<Memory<unsigned char>> copies;
};

}  // namespace gm_test
