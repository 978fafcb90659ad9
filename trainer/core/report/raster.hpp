#pragma once

#include <opencv2/core.hpp>
#include <string>

#include "core/report/chart.hpp"

namespace gmtrain::report {

/// The chart as to_svg draws it, CV_8UC3, twice as large: 1280x800. OpenCV's font has ASCII only:
/// "…" becomes "...", any other character "?".
/// @throws std::invalid_argument as to_svg does
cv::Mat to_raster(const Chart& chart);

/// Text as to_raster writes it.
std::string to_ascii(const std::string& utf8);

}  // namespace gmtrain::report
