// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/classification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace gmtrain {

double error_percent(const std::vector<int64_t>& predicted, const std::vector<int64_t>& labels) {
  if (predicted.empty() || predicted.size() != labels.size()) {
    throw std::invalid_argument(
        fmt::format("error_percent: expected a label for each of at least one prediction, found {} "
                    "predictions and {} labels",
                    predicted.size(), labels.size()));
  }
  const auto wrong = std::inner_product(predicted.begin(), predicted.end(), labels.begin(),
                                        int64_t{0}, std::plus<>(), std::not_equal_to<>());
  return 100.0 * static_cast<double>(wrong) / static_cast<double>(predicted.size());
}

int64_t rank_of_label(const std::vector<double>& values, int64_t label) {
  const auto classes = static_cast<int64_t>(values.size());
  if (label < 0 || label >= classes) {
    throw std::invalid_argument(
        fmt::format("expected a label below the {} classes, got {}", classes, label));
  }
  const auto nan =
      std::find_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  if (nan != values.end()) {
    throw std::invalid_argument(
        fmt::format("expected numbers, got NaN for class {}", nan - values.begin()));
  }
  const auto own = values.begin() + label;
  return std::count_if(values.begin(), own, [&](double value) { return value >= *own; }) +
         std::count_if(own, values.end(), [&](double value) { return value > *own; });
}

double top_error_percent(const std::vector<int64_t>& ranks, int64_t k) {
  if (ranks.empty()) throw std::invalid_argument("top_error_percent: expected at least one rank");
  const auto wrong =
      std::count_if(ranks.begin(), ranks.end(), [&](int64_t rank) { return rank >= k; });
  return 100.0 * static_cast<double>(wrong) / static_cast<double>(ranks.size());
}

}  // namespace gmtrain
