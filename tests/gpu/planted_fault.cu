// SPDX-License-Identifier: Apache-2.0
// Faults that compute-sanitizer must find: planted_fault bounds|race|uninitialised|barrier
#include <cuda_runtime.h>

#include <cstdio>
#include <string>

namespace {

constexpr int kThreads = 64;

__global__ void write_past_the_end(float* values, int count) {
  values[count] = 1;
}

/// Without the barrier between writing and reading.
__global__ void race(float* values) {
  __shared__ float shared[kThreads];
  shared[threadIdx.x] = static_cast<float>(threadIdx.x);
  values[threadIdx.x] = shared[kThreads - 1 - threadIdx.x];
}

__global__ void read_what_nobody_wrote(const float* from, float* to) {
  to[threadIdx.x] = from[threadIdx.x] + 1;
}

/// In the last round some threads of the block do not come to the barrier.
__global__ void divided_barrier(const float* from, float* to, int count) {
  __shared__ float sums[kThreads];
  sums[threadIdx.x] = 0;
  for (int first = 0; first < count; first += kThreads) {
    const int at = first + static_cast<int>(threadIdx.x);
    if (at < count) {
      sums[threadIdx.x] += from[at];
      __syncthreads();
      to[at] = sums[kThreads - 1 - threadIdx.x];
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  float *values = nullptr, *others = nullptr;
  if (cudaMalloc(&values, kThreads * sizeof(float)) != cudaSuccess ||
      cudaMalloc(&others, kThreads * sizeof(float)) != cudaSuccess) {
    std::fprintf(stderr, "planted_fault: no GPU memory\n");
    return 2;
  }
  const std::string fault = argc == 2 ? argv[1] : "";
  if (fault == "bounds") {
    write_past_the_end<<<1, 1>>>(values, kThreads);
  } else if (fault == "race") {
    race<<<1, kThreads>>>(values);
  } else if (fault == "uninitialised") {
    read_what_nobody_wrote<<<1, kThreads>>>(others, values);
  } else if (fault == "barrier") {
    divided_barrier<<<1, kThreads>>>(others, values, kThreads - 16);
  } else {
    std::fprintf(stderr, "planted_fault: expected bounds, race, uninitialised or barrier\n");
    return 2;
  }
  cudaDeviceSynchronize();
  return 0;
}
