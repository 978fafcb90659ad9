#include "core/report/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace gmtrain::report {
namespace {

/// 1, 2 or 5 times a power of ten.
double round_step(double wanted) {
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  const double share = wanted / power;
  return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

std::string label_of(double value, double step, double largest) {
  if (largest >= 1e6 || step < 1e-5) return fmt::format("{:.6g}", value);
  const auto decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::vector<Tick> Axis::ticks(int count) const {
  const double step = round_step((high - low) / count);
  const double slack = step * 1e-6, largest = std::max(std::abs(low), std::abs(high));
  std::vector<Tick> found;
  const double first = std::ceil((low - slack) / step), last = std::floor((high + slack) / step);
  const auto places = static_cast<int>(last - first) + 1;
  for (int i = 0; i < places; ++i) {
    const double value = first + i == 0 ? 0 : (first + i) * step;  // no "-0"
    found.push_back({value, label_of(value, step, largest)});
  }
  return found;
}

Axis make_axis(const std::optional<std::array<double, 2>>& range,
               const std::vector<double>& values) {
  if (range) {
    const auto [low, high] = *range;
    if (!(std::isfinite(low) && std::isfinite(high) && low < high)) {
      throw std::invalid_argument(fmt::format(
          "expected a range of two finite numbers in order, found {} and {}", low, high));
    }
    return {low, high};
  }
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return {0, 1};
  // A range of a few roundings is one value: no ticks would lie within.
  if (high - low <= 1e-9 * std::max(std::abs(low), std::abs(high))) {
    const double room = low == 0 ? 1 : std::abs(low) / 2;
    return {low - room, high + room};
  }
  const double room = (high - low) * 0.04;
  return {low >= 0 && low < high / 2 ? 0 : low - room, high + room};
}

}  // namespace gmtrain::report
