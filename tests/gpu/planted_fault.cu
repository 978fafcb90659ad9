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

/// Half of a warp waits for a barrier at which the other half does not come.
__global__ void divided_barrier(float* values) {
  if (threadIdx.x % 32 < 16) __syncthreads();
  values[threadIdx.x] = 1;
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
    divided_barrier<<<1, kThreads>>>(values);
  } else {
    std::fprintf(stderr, "planted_fault: expected bounds, race, uninitialised or barrier\n");
    return 2;
  }
  cudaDeviceSynchronize();
  return 0;
}
