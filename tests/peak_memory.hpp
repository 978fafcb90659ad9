// SPDX-License-Identifier: Apache-2.0
// The most memory that LibTorch takes on its devices while something runs.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <atomic>
#include <memory>

namespace gmtrain::test {

class PeakMemory : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    taken_ += size;
    peak_ = std::max(peak_.load(), taken_.load());
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t peak() const { return peak_; }

 private:
  std::atomic<int64_t> taken_{0}, peak_{0};
};

/// Bytes, beyond what is taken before.
template <typename Work>
int64_t peak_memory_of(const Work& work) {
  const auto memory = std::make_shared<PeakMemory>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, memory);
  work();
  return memory->peak();
}

}  // namespace gmtrain::test
