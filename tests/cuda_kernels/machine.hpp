// SPDX-License-Identifier: Apache-2.0
// Where the kernels of these tests run: on the host, threads as fibers, or, where nvcc compiles the
// tests, on a GPU. Include it before a header with kernels.
#pragma once

#if !defined(__CUDACC__)
#include "cuda_kernels/host_cuda.hpp"
#else
#include <cuda_runtime.h>

#include "dnn_gm/src/cuda/stream_launch.hpp"
#endif

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gm_test {

#if !defined(__CUDACC__)

/// Called as launch(kernel, blocks, threads, arguments...).
using Launch = HostLaunch;

/// Bytes whose ends AddressSanitizer guards.
class Bytes {
 public:
  explicit Bytes(size_t count) : bytes_(new unsigned char[count]) {}
  void* data() const { return bytes_.get(); }
  void write(const void* from, size_t count) const { std::memcpy(data(), from, count); }
  void read(void* to, size_t count) const { std::memcpy(to, data(), count); }

 private:
  std::unique_ptr<unsigned char[]> bytes_;
};

#else

inline void check_cuda(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

/// The one stream of a program: its kernels run one after the other.
inline cudaStream_t the_stream() {
  static const cudaStream_t stream = [] {
    cudaStream_t made = nullptr;
    check_cuda(cudaStreamCreate(&made));
    return made;
  }();
  return stream;
}

/// Called as launch(kernel, blocks, threads, arguments...).
struct Launch {
  uint64_t seed = 1;  ///< of the order of threads, which the GPU chooses

  template <typename... Arguments>
  void operator()(const Arguments&... arguments) const {
    const auto fail = [](const std::string& message) { throw std::runtime_error(message); };
    cv::dnn_gm::cuda::StreamLaunch{the_stream(), fail}(arguments...);
  }
};

/// Bytes of an allocation of their own, whose ends compute-sanitizer guards.
class Bytes {
 public:
  explicit Bytes(size_t count) {
    void* bytes = nullptr;
    check_cuda(cudaMalloc(&bytes, count > 0 ? count : 1));
    bytes_.reset(bytes);
  }
  void* data() const { return bytes_.get(); }
  void write(const void* from, size_t count) const {
    check_cuda(cudaMemcpy(data(), from, count, cudaMemcpyHostToDevice));
  }
  /// Waits for the kernels that were launched.
  void read(void* to, size_t count) const {
    check_cuda(cudaMemcpy(to, data(), count, cudaMemcpyDeviceToHost));
  }

 private:
  struct Free {
    void operator()(void* bytes) const { cudaFree(bytes); }
  };
  std::unique_ptr<void, Free> bytes_;
};

#endif

/// Values that kernels read and write.
template <typename T>
class Memory {
 public:
  explicit Memory(const std::vector<T>& values) : Memory(values, true) {}

  /// For kernels to write: filled with `poison`, or, where GM_UNWRITTEN is set for a tool that
  /// looks for reads of what nobody wrote, with nothing.
  static Memory to_be_written(size_t count, const T& poison) {
    return Memory(std::vector<T>(count, poison), std::getenv("GM_UNWRITTEN") == nullptr);
  }

  T* data() const { return static_cast<T*>(bytes_.data()); }

  std::vector<T> values(const T& any) const {
    std::vector<T> values(count_, any);
    bytes_.read(static_cast<void*>(values.data()), count_ * sizeof(T));
    return values;
  }

 private:
  Memory(const std::vector<T>& values, bool write)
      : count_(values.size()), bytes_(count_ * sizeof(T)) {
    if (write) bytes_.write(values.data(), count_ * sizeof(T));
  }

  size_t count_;
  Bytes bytes_;
};

}  // namespace gm_test
