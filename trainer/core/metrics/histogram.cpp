#include "core/metrics/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gmtrain {

std::vector<double> histogram(const std::vector<double>& values, int64_t bins) {
  if (values.empty() || bins < 1) {
    throw std::invalid_argument(
        fmt::format("histogram: expected at least one value and one bin, found {} and {}",
                    values.size(), bins));
  }
  std::vector<int64_t> counts(bins, 0);
  for (const double value : values) {
    if (!(value >= 0 && value <= 1)) {
      throw std::invalid_argument(
          fmt::format("histogram: expected values from 0 to 1, found {}", value));
    }
    ++counts[std::min(bins - 1, static_cast<int64_t>(value * static_cast<double>(bins)))];
  }
  std::vector<double> shares;
  for (const int64_t count : counts) {
    shares.push_back(static_cast<double>(count) / static_cast<double>(values.size()));
  }
  return shares;
}

}  // namespace gmtrain
