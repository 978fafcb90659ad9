// SPDX-License-Identifier: Apache-2.0
#include "core/report/chart_layout.hpp"

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

using Point = std::array<double, 2>;

constexpr double kLeft = 64, kTop = 40, kBottom = 52, kRight = 20;
constexpr double kCharacter = 6.6;  // about, at the size of the legend
constexpr size_t kLongestName = 22;
constexpr size_t kMostEntries = 17;

bool is_finite(const Point& point) {
  return std::isfinite(point[0]) && std::isfinite(point[1]);
}

std::vector<double> coordinates(const Chart& chart, size_t axis) {
  std::vector<double> values;
  for (const Line& line : chart.lines) {
    for (const Point& point : line.points) {
      if (is_finite(point)) values.push_back(point[axis]);
    }
  }
  // Bars stand on the ground.
  if (axis == 1 && chart.kind == Chart::Kind::steps && !values.empty()) values.push_back(0);
  return values;
}

Axis axis_of(const Chart& chart, size_t axis) {
  auto range = axis == 0 ? chart.x_range : chart.y_range;
  if (!range && chart.background) {
    range = axis == 0 ? chart.background->x_range : chart.background->y_range;
  }
  try {
    return make_axis(range, coordinates(chart, axis));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(
        fmt::format("chart \"{}\", axis {}: {}", chart.title, axis == 0 ? 'x' : 'y', error.what()));
  }
}

/// UTF-8 is cut between characters.
std::string shortened(const std::string& name) {
  size_t characters = 0, end = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(name[i]) & 0xC0) != 0x80;
    if (starts && characters++ == kLongestName - 1) end = i;
  }
  return characters <= kLongestName ? name : name.substr(0, end) + "…";
}

double legend_width(const Chart& chart) {
  size_t longest = 0;
  for (const LegendEntry& entry : legend_of(chart)) longest = std::max(longest, entry.text.size());
  longest = std::min(longest, kLongestName);
  return longest == 0 ? 0
                      : ChartLayout::kLegendGap + ChartLayout::kLegendSample + 6 +
                            kCharacter * static_cast<double>(longest);
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

ChartLayout layout_of(const Chart& chart) {
  const Axis y = axis_of(chart, 1);
  size_t longest = 0;
  for (const Tick& tick : y.ticks(ChartLayout::kTicks)) {
    longest = std::max(longest, tick.label.size());
  }
  // The axis's name is left of its numbers.
  const double left = std::max<double>(kLeft, 36 + kCharacter * static_cast<double>(longest));
  return {axis_of(chart, 0),
          y,
          left,
          kTop,
          ChartLayout::kWidth - kRight - legend_width(chart),
          ChartLayout::kHeight - kBottom};
}

std::vector<LegendEntry> legend_of(const Chart& chart) {
  std::vector<LegendEntry> entries;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    if (!chart.lines[i].name.empty()) entries.push_back({i, shortened(chart.lines[i].name)});
  }
  if (entries.size() > kMostEntries) {
    const size_t left_out = entries.size() - (kMostEntries - 1);
    entries.resize(kMostEntries - 1);
    entries.push_back({chart.lines.size(), fmt::format("and {} more", left_out)});
  }
  return entries;
}

std::array<int, 3> line_colour(size_t line) {
  constexpr std::array<std::array<int, 3>, 10> kColours{{{31, 119, 180},
                                                         {230, 110, 5},
                                                         {44, 140, 44},
                                                         {214, 39, 40},
                                                         {130, 85, 180},
                                                         {140, 86, 75},
                                                         {220, 90, 180},
                                                         {105, 105, 105},
                                                         {160, 160, 20},
                                                         {15, 165, 185}}};
  return kColours[line % kColours.size()];
}

int dash_style(size_t line) {
  return static_cast<int>(line / 10 % 3);
}

bool has_points(const Chart& chart) {
  return std::any_of(chart.lines.begin(), chart.lines.end(), [](const Line& line) {
    return std::any_of(line.points.begin(), line.points.end(), is_finite);
  });
}

std::vector<Point> step_outline(const Line& line) {
  std::vector<Point> outline;
  for (const auto& piece : pieces_of(line)) {
    outline.push_back({piece.front()[0], 0});
    for (size_t i = 0; i + 1 < piece.size(); ++i) {
      outline.push_back(piece[i]);
      outline.push_back({piece[i + 1][0], piece[i][1]});
    }
    outline.push_back({piece.back()[0], 0});
  }
  return outline;
}

std::vector<std::vector<Point>> pieces_of(const Line& line) {
  std::vector<std::vector<Point>> pieces(1);
  for (const Point& point : line.points) {
    if (is_finite(point)) {
      pieces.back().push_back(point);
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

}  // namespace gmtrain::report
