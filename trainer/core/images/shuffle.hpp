// SPDX-License-Identifier: Apache-2.0
// std::shuffle differs between standard libraries; this is the same everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace gmtrain {

template <class T>
void shuffle(std::vector<T>& values, std::mt19937_64& random) {
  for (auto i = static_cast<int64_t>(values.size()) - 1; i > 0; --i) {
    std::swap(values[i], values[random() % static_cast<uint64_t>(i + 1)]);
  }
}

}  // namespace gmtrain
