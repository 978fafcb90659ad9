// One axis of a chart.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace gmtrain::report
