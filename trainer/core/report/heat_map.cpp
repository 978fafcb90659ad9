#include "core/report/heat_map.hpp"

#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace gmtrain::report {

cv::Mat colours_of(const HeatMap& map) {
  if (map.values.empty() || map.values.type() != CV_64F || !cv::checkRange(map.values)) {
    throw std::invalid_argument("heat map: expected a matrix of finite CV_64F values");
  }
  cv::Mat grey, colours;
  cv::normalize(map.values, grey, 0, 255, cv::NORM_MINMAX, CV_8U);
  cv::applyColorMap(grey, colours, cv::COLORMAP_VIRIDIS);
  return colours;
}

}  // namespace gmtrain::report
