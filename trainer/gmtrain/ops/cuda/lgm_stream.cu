#include "gmtrain/ops/cuda/lgm_stream.hpp"

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "gmtrain/ops/cuda/lgm_device.hpp"

namespace gmtrain::lgm {
namespace {

struct StreamLaunch {
  CUstream_st* (*stream)();

  template <typename... Parameters, typename... Arguments>
  void operator()(void (*kernel)(Parameters...), unsigned blocks, unsigned threads,
                  Arguments... arguments) const {
    kernel<<<blocks, threads, 0, stream()>>>(arguments...);
    const cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) {
      throw std::runtime_error("lgm: CUDA refused a launch of " + std::to_string(blocks) +
                               " blocks: " + cudaGetErrorString(error));
    }
  }
};

}  // namespace

const Kernels<float>& float32_kernels(CUstream_st* (*stream)()) {
  static const LaunchedKernels<float, StreamLaunch> kernels(StreamLaunch{stream});
  return kernels;
}

const Kernels<double>& float64_kernels(CUstream_st* (*stream)()) {
  static const LaunchedKernels<double, StreamLaunch> kernels(StreamLaunch{stream});
  return kernels;
}

}  // namespace gmtrain::lgm
