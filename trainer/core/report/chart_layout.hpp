// SPDX-License-Identifier: Apache-2.0
// Where the parts of a chart are.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/report/chart.hpp"

namespace gmtrain::report {

struct Tick {
  double value;
  std::string label;
};

/// From `low` at 0 to `high` at 1.
struct Axis {
  double low, high;

  double position(double value) const { return (value - low) / (high - low); }

  /// About `count` round numbers within the axis.
  std::vector<Tick> ticks(int count) const;
};

/// The axis of a range; or, if none is given, one that holds all `values` and a little more, from
/// 0 where they are positive and 0 is near. Values that are not finite do not count.
/// @throws std::invalid_argument for a range whose ends are not finite and in order
Axis make_axis(const std::optional<std::array<double, 2>>& range,
               const std::vector<double>& values);

/// In pixels from the upper left corner of the picture.
struct ChartLayout {
  static constexpr int kWidth = 640, kHeight = 400;
  static constexpr int kTicks = 6;  ///< about, on each axis
  static constexpr int kLegendGap = 14, kLegendStep = 17, kLegendSample = 18;

  Axis x, y;
  double left, top, right, bottom;  ///< of the area between the axes

  std::array<double, 2> place(const std::array<double, 2>& point) const {
    return {left + x.position(point[0]) * (right - left),
            bottom - y.position(point[1]) * (bottom - top)};
  }
  /// The middle of a line of the legend, at its left end.
  std::array<double, 2> legend(size_t entry) const {
    return {right + kLegendGap, top + 8 + kLegendStep * static_cast<double>(entry)};
  }
};

/// @throws std::invalid_argument naming the chart for a bad range
ChartLayout layout_of(const Chart& chart);

/// A named line of the chart in the legend, or, with `line` beyond the chart's, a remark.
struct LegendEntry {
  size_t line;
  std::string text;
};

/// As many as there is room for; the last says how many more there are. Long names end in "…".
std::vector<LegendEntry> legend_of(const Chart& chart);

/// Red, green, blue of a line.
std::array<int, 3> line_colour(size_t line);

/// 0 is not dashed; from the eleventh line on the dashes are others for every ten.
int dash_style(size_t line);

/// Whether there is a point to draw.
bool has_points(const Chart& chart);

/// A histogram's outline, from the ground at its left to the ground at its right end.
std::vector<std::array<double, 2>> step_outline(const Line& line);

/// The line without points that are not finite, in pieces where those were.
std::vector<std::vector<std::array<double, 2>>> pieces_of(const Line& line);

}  // namespace gmtrain::report
