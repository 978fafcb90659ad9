// SPDX-License-Identifier: Apache-2.0
// Batches in order, loaded ahead by other threads.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

class BatchStream {
 public:
  using Transform = std::function<Batch(Batch)>;

  /// @param dataset must outlive the stream; its workers() says how many batches are loaded ahead,
  ///                each by a thread, and hence how many are in memory
  /// @param batches indices of each
  /// @param transform is applied by the thread that loads
  BatchStream(const Dataset& dataset, std::vector<std::vector<int64_t>> batches,
              Transform transform = {});
  BatchStream(BatchStream&&) = delete;

  bool has_next() const { return returned_ < batches_.size(); }

  /// The next batch; what it is does not depend on the number of threads. It is empty if all its
  /// images are broken. @throws what loading it threw
  Batch next();

 private:
  Batch load(size_t batch) const;
  void start_more();

  const Dataset& dataset_;
  std::vector<std::vector<int64_t>> batches_;
  Transform transform_;
  size_t workers_, started_ = 0, returned_ = 0;
  std::deque<std::future<Batch>> ahead_;  ///< last: waits for its threads before the rest goes
};

/// `indices` in consecutive batches of `size`, the last maybe smaller.
std::vector<std::vector<int64_t>> in_batches(torch::ArrayRef<int64_t> indices, int64_t size);

}  // namespace gmtrain
