// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/batch_stream.hpp"

#include <algorithm>
#include <utility>

namespace gmtrain {

BatchStream::BatchStream(const Dataset& dataset, std::vector<std::vector<int64_t>> batches,
                         Transform transform)
    : dataset_(dataset),
      batches_(std::move(batches)),
      transform_(std::move(transform)),
      workers_(static_cast<size_t>(dataset.workers())) {}

Batch BatchStream::next() {
  ++returned_;
  if (workers_ == 0) return load(started_++);
  start_more();
  auto first = std::move(ahead_.front());
  ahead_.pop_front();
  Batch batch = first.get();
  start_more();
  return batch;
}

Batch BatchStream::load(size_t batch) const {
  Batch loaded = dataset_.load(batches_.at(batch));
  return transform_ ? transform_(std::move(loaded)) : loaded;
}

void BatchStream::start_more() {
  while (ahead_.size() < workers_ && started_ < batches_.size()) {
    ahead_.push_back(
        std::async(std::launch::async, [this, batch = started_] { return load(batch); }));
    ++started_;
  }
}

std::vector<std::vector<int64_t>> in_batches(torch::ArrayRef<int64_t> indices, int64_t size) {
  std::vector<std::vector<int64_t>> batches;
  for (auto first = indices.begin(); first != indices.end();) {
    const auto last = first + std::min<std::ptrdiff_t>(size, indices.end() - first);
    batches.emplace_back(first, last);
    first = last;
  }
  return batches;
}

}  // namespace gmtrain
