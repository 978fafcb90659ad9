#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace gmtrain::report {

/// An 8-bit image of one or three channels as "data:image/png;base64,...", which a page can show
/// without a file.
std::string png_data_uri(const cv::Mat& image);

}  // namespace gmtrain::report
