#include "core/verification/true_accept_rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/metrics/detection.hpp"

namespace gmtrain {

std::optional<double> true_accept_rate(const std::vector<double>& genuine,
                                       const std::vector<double>& impostor,
                                       double false_accept_rate) {
  if (!(false_accept_rate > 0 && false_accept_rate <= 1)) {
    throw std::invalid_argument(fmt::format(
        "true_accept_rate: expected a false accept rate above 0 and at most 1, found {}",
        false_accept_rate));
  }
  const auto curve = roc_curve(genuine, impostor);
  if (1 / static_cast<double>(impostor.size()) > false_accept_rate) return std::nullopt;
  // Both rates grow along the curve.
  const auto beyond = std::find_if(curve.begin(), curve.end(), [&](const RocPoint& point) {
    return point.false_positive_rate > false_accept_rate;
  });
  return (beyond - 1)->true_positive_rate;
}

}  // namespace gmtrain
