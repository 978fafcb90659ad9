// SPDX-License-Identifier: Apache-2.0
#include "cuda_kernels/host_cuda.hpp"

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <random>
#include <vector>

gm_test::ThreadIndex threadIdx, blockIdx, blockDim, gridDim;

namespace gm_test {
namespace {

namespace context = boost::context;

enum class State { kReady, kAtBarrier, kInShuffle, kDone };

struct Thread {
  context::fiber fiber;
  State state = State::kReady;
};

struct Warp {
  // Two boards in turn: a lane may be at its next shuffle while another still reads this one.
  unsigned char boards[2][kWarpThreads * 8];
  unsigned shuffles[kWarpThreads] = {};
};

class Block {
 public:
  Block(unsigned threads, uint64_t seed)
      : threads_(threads), warps_(threads / kWarpThreads), random_(seed) {
    if (threads % kWarpThreads != 0) throw std::logic_error("a block must be of whole warps");
    for (unsigned i = 0; i < threads; ++i) order_.push_back(i);
  }

  void run(const std::function<void()>& body) {
    static context::pooled_fixedsize_stack stacks(128 * 1024);
    for (Thread& thread : threads_) {
      thread.state = State::kReady;
      thread.fiber = context::fiber(std::allocator_arg, stacks, [&](context::fiber&& scheduler) {
        scheduler_ = std::move(scheduler);
        body();
        threads_[current_].state = State::kDone;
        return std::move(scheduler_);
      });
    }
    do {
      resume_ready();
    } while (release_waiting());
  }

  void wait(State state) {
    threads_[current_].state = state;
    scheduler_ = std::move(scheduler_).resume();
  }

  const unsigned char* exchange(const void* value, size_t size) {
    const unsigned lane = current_ % kWarpThreads;
    Warp& warp = warps_[current_ / kWarpThreads];
    unsigned char* board = warp.boards[warp.shuffles[lane]++ % 2];
    std::memcpy(board + 8 * lane, value, size);
    wait(State::kInShuffle);
    return board;
  }

 private:
  void resume_ready() {
    std::shuffle(order_.begin(), order_.end(), random_);
    for (const unsigned i : order_) {
      if (threads_[i].state != State::kReady) continue;
      current_ = threadIdx.x = i;
      threads_[i].fiber = std::move(threads_[i].fiber).resume();
    }
  }

  /// Lets go on who has all the others it waits for; false when all threads are done.
  bool release_waiting() {
    const auto all = [&](unsigned first, unsigned count, State state) {
      return std::all_of(threads_.begin() + first, threads_.begin() + first + count,
                         [&](const Thread& thread) { return thread.state == state; });
    };
    const auto release = [&](unsigned first, unsigned count) {
      for (unsigned i = first; i < first + count; ++i) threads_[i].state = State::kReady;
    };
    const auto count = unsigned(threads_.size());
    if (all(0, count, State::kDone)) return false;
    if (all(0, count, State::kAtBarrier)) {
      release(0, count);
      return true;
    }
    bool released = false;
    for (unsigned first = 0; first < count; first += kWarpThreads) {
      if (!all(first, kWarpThreads, State::kInShuffle)) continue;
      release(first, kWarpThreads);
      released = true;
    }
    if (!released) throw std::logic_error("threads of a block wait for each other in vain");
    return true;
  }

  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<unsigned> order_;
  std::mt19937_64 random_;
  context::fiber scheduler_;
  unsigned current_ = 0;
};

Block* running = nullptr;

}  // namespace

void run_blocks(unsigned blocks, unsigned threads, uint64_t seed,
                const std::function<void()>& thread) {
  Block block(threads, seed);
  running = &block;
  blockDim.x = threads;
  gridDim.x = blocks;
  for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) block.run(thread);
  running = nullptr;
}

const unsigned char* exchange_in_warp(const void* value, size_t size) {
  return running->exchange(value, size);
}

}  // namespace gm_test

void __syncthreads() {
  gm_test::running->wait(gm_test::State::kAtBarrier);
}
