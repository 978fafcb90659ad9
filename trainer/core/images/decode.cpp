// SPDX-License-Identifier: Apache-2.0
#include "core/images/decode.hpp"

#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <vector>

namespace gmtrain {

ImageSize decode_image(const std::string& file, const cv::dnn_gm::ImagePreparation& how,
                       uint8_t* out) {
  const cv::Mat image = read_image(file);
  cv::Mat prepared;
  try {
    cv::dnn_gm::prepareImage(image, prepared, how);
  } catch (const cv::Exception& error) {
    throw ImageError(fmt::format("{}: {}", file, error.err));
  }
  std::vector<cv::Mat> planes;
  for (int c = 0; c < prepared.channels(); ++c) {
    planes.emplace_back(prepared.size(), CV_8UC1, out + c * prepared.total());
  }
  cv::split(prepared, planes);
  return {image.rows, image.cols};
}

cv::Mat read_image(const std::string& file) {
  try {
    return cv::dnn_gm::readImage(file);
  } catch (const cv::Exception& error) {
    throw ImageError(error.err);
  }
}

}  // namespace gmtrain
