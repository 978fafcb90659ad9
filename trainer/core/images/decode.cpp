#include "core/images/decode.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "core/images/read_image.hpp"

namespace gmtrain {
namespace {

/// The middle square, its side resized to `side`: by areas where that makes it smaller.
cv::Mat to_square(const cv::Mat& image, int64_t side) {
  const int shorter = std::min(image.rows, image.cols);
  const cv::Rect middle((image.cols - shorter) / 2, (image.rows - shorter) / 2, shorter, shorter);
  if (shorter == side) return image(middle);
  cv::Mat square;
  cv::resize(image(middle), square, cv::Size(static_cast<int>(side), static_cast<int>(side)), 0, 0,
             shorter > side ? cv::INTER_AREA : cv::INTER_LINEAR);
  return square;
}

}  // namespace

DecodedImage decode_image(const std::string& file, int64_t channels, int64_t side) {
  cv::Mat image = read_image(file);
  if (channels == 1) cv::cvtColor(image, image, cv::COLOR_BGR2GRAY);
  if (side > 0) image = to_square(image, side);
  DecodedImage decoded{{image.rows, image.cols}, std::vector<uint8_t>(image.total() * channels)};
  std::vector<cv::Mat> planes;
  for (int64_t c = 0; c < channels; ++c) {
    planes.emplace_back(image.rows, image.cols, CV_8UC1,
                        decoded.pixels.data() + c * static_cast<int64_t>(image.total()));
  }
  cv::split(image, planes);
  return decoded;
}

}  // namespace gmtrain
