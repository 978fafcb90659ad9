// SPDX-License-Identifier: Apache-2.0
// Charts as a report draws them, in SVG.
#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gmtrain::report {

struct HeatMap {
  std::array<double, 2> x_range, y_range;  ///< what the map covers
  cv::Mat values;                          ///< CV_64F; the first row is that of the largest y
};

/// The values as colours, CV_8UC3: the least is the darkest, the largest the brightest.
/// @throws std::invalid_argument for a map that is empty, not CV_64F or not finite
cv::Mat colours_of(const HeatMap& map);

/// What is drawn in one colour, named in the legend unless the name is empty.
struct Line {
  std::string name;
  std::vector<std::array<double, 2>> points;  ///< x, y; a point that is not finite leaves a gap
};

struct Chart {
  /// lines: points joined in their order; scatter: a dot each; steps: the outline of a histogram,
  /// point i is the left end of a bar that reaches to point i + 1, the last point only ends it.
  enum class Kind { lines, scatter, steps };
  using Range = std::array<double, 2>;  ///< lower and upper end of an axis

  std::string title, x_label, y_label;
  std::vector<Line> lines;
  Kind kind = Kind::lines;
  std::optional<Range> x_range, y_range;  ///< what the points span, if not given
  std::optional<HeatMap> background;      ///< behind the lines
};

/// A picture of 640x400 as SVG that needs nothing else: readable on white, ten colours, dashed from
/// the eleventh line on. All text is escaped; a chart without points says "no data".
/// @throws std::invalid_argument naming the chart for a range whose ends are not finite and in
/// order
std::string to_svg(const Chart& chart);

struct NamedChart {
  std::string name;  ///< of its files, without ending
  Chart chart;
};

/// A <figure> for each, with the name as its id; empty without charts.
std::string to_html(const std::vector<NamedChart>& charts);

}  // namespace gmtrain::report
