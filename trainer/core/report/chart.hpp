// Charts as a report draws them: to_svg here, to_png in raster.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/report/heat_map.hpp"

namespace gmtrain::report {

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

}  // namespace gmtrain::report
