// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/cuda/lgm_stream.hpp"

#include <stdexcept>
#include <string>

#include "dnn_gm/src/cuda/stream_launch.hpp"
#include "gmtrain/ops/cuda/lgm_device.hpp"

namespace gmtrain::lgm {
namespace {

void fail(const std::string& message) {
  throw std::runtime_error("lgm: " + message);
}

struct CurrentStreamLaunch {
  CUstream_st* (*stream)();

  template <typename... Arguments>
  void operator()(const Arguments&... arguments) const {
    cv::dnn_gm::cuda::StreamLaunch{stream(), fail}(arguments...);
  }
};

}  // namespace

const Kernels<float>& float32_kernels(CUstream_st* (*stream)()) {
  static const LaunchedKernels<float, CurrentStreamLaunch> kernels(CurrentStreamLaunch{stream});
  return kernels;
}

const Kernels<double>& float64_kernels(CUstream_st* (*stream)()) {
  static const LaunchedKernels<double, CurrentStreamLaunch> kernels(CurrentStreamLaunch{stream});
  return kernels;
}

}  // namespace gmtrain::lgm
