// SPDX-License-Identifier: Apache-2.0
// The CUDA kernels, put on a stream.
#pragma once

#include "gmtrain/ops/lgm_kernels.hpp"

struct CUstream_st;  // what cudaStream_t points to

namespace gmtrain::lgm {

/// @param stream returns the stream that a pass goes on, asked anew each time
/// @return kernels that live as long as the program. A pass throws std::runtime_error where its
///         launch is refused, and where something on the device has failed before.
const Kernels<float>& float32_kernels(CUstream_st* (*stream)());
const Kernels<double>& float64_kernels(CUstream_st* (*stream)());

}  // namespace gmtrain::lgm
