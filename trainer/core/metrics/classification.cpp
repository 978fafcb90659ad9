#include "core/metrics/classification.hpp"

#include <fmt/format.h>

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

}  // namespace gmtrain
