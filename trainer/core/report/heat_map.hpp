// A function over a plane, as a picture.
#pragma once

#include <array>
#include <opencv2/core.hpp>

namespace gmtrain::report {

struct HeatMap {
  std::array<double, 2> x_range, y_range;  ///< what the map covers
  cv::Mat values;                          ///< CV_64F; the first row is that of the largest y
};

/// The values as colours, CV_8UC3: the least is the darkest, the largest the brightest.
/// @throws std::invalid_argument for a map that is empty, not CV_64F or not finite
cv::Mat colours_of(const HeatMap& map);

}  // namespace gmtrain::report
