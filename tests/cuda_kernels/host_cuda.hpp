// SPDX-License-Identifier: Apache-2.0
// Compiles CUDA kernels for the host and runs them block by block, the threads of a block as
// fibers. Include it before a header with kernels.
//
// A thread runs until a barrier or a shuffle; who runs next is drawn anew each time. So a missing
// __syncthreads() shows as a wrong result. Threads that wait for each other in vain, or a block
// some of whose threads leave before a barrier, end in an error. Shared memory keeps what the block
// before left there. One-dimensional blocks of whole warps.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)

namespace gm_test {

struct ThreadIndex {
  unsigned x = 0;
};

constexpr unsigned kWarpThreads = 32;

/// Runs `thread` for every thread of every block; `seed` sets the order.
/// @throws std::logic_error if threads wait for each other in vain
void run_blocks(unsigned blocks, unsigned threads, uint64_t seed,
                const std::function<void()>& thread);

/// What the running thread and the other 31 of its warp have put there, once all of them have.
/// 8 bytes for each lane.
const unsigned char* exchange_in_warp(const void* value, size_t size);

/// Called like a launcher of kernels on the device.
struct HostLaunch {
  uint64_t seed = 1;

  template <typename... Parameters, typename... Arguments>
  void operator()(void (*kernel)(Parameters...), long long blocks, unsigned threads,
                  Arguments... arguments) const {
    run_blocks(static_cast<unsigned>(blocks), threads, seed, [&] { kernel(arguments...); });
  }
};

}  // namespace gm_test

extern gm_test::ThreadIndex threadIdx, blockIdx, blockDim, gridDim;

void __syncthreads();

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask) {
  static_assert(sizeof(T) <= 8, "a lane has 8 bytes");
  if (mask != 0xffffffffu) throw std::logic_error("only whole warps shuffle here");
  const unsigned lane = (threadIdx.x % gm_test::kWarpThreads) ^ unsigned(lane_mask);
  T other;
  std::memcpy(&other, gm_test::exchange_in_warp(&value, sizeof(T)) + 8 * lane, sizeof(T));
  return other;
}

inline int __ffs(int bits) {
  return __builtin_ffs(bits);
}

inline unsigned __ballot_sync(unsigned mask, bool predicate) {
  if (mask != 0xffffffffu) throw std::logic_error("only whole warps vote here");
  const unsigned char* votes = gm_test::exchange_in_warp(&predicate, sizeof(predicate));
  unsigned in_favour = 0;
  for (unsigned lane = 0; lane < gm_test::kWarpThreads; ++lane) {
    in_favour |= unsigned(votes[8 * lane] != 0) << lane;
  }
  return in_favour;
}
