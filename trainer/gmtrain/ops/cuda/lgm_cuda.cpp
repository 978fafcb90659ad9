// SPDX-License-Identifier: Apache-2.0
// CUDA backend of the lgm operators.
#include <c10/cuda/CUDAStream.h>

#include "gmtrain/ops/cuda/lgm_stream.hpp"
#include "gmtrain/ops/lgm_driver.hpp"

namespace gmtrain::lgm {
namespace {

CUstream_st* current_stream() {
  return c10::cuda::getCurrentCUDAStream().stream();
}

const Backend& cuda_backend() {
  static const Backend backend{float32_kernels(current_stream), float64_kernels(current_stream)};
  return backend;
}

TORCH_LIBRARY_IMPL(lgm, CUDA, library) {
  implement<cuda_backend>(library);
}

}  // namespace
}  // namespace gmtrain::lgm
