// SPDX-License-Identifier: Apache-2.0
#include "core/faces/detector.hpp"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace gmtrain {

std::optional<FacePoints> nearest_face(const cv::Mat& faces, const cv::Size& image) {
  const cv::Point2f middle(static_cast<float>(image.width) / 2,
                           static_cast<float>(image.height) / 2);
  std::optional<FacePoints> nearest;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < faces.rows; ++i) {
    // Left, top, width, height; x and y of the points in our order, which OpenCV names from the
    // person's view; score.
    const auto* face = faces.ptr<float>(i);
    const cv::Point2f centre(face[0] + face[2] / 2, face[1] + face[3] / 2);
    const double distance = cv::norm(centre - middle);
    if (distance >= least) continue;
    least = distance;
    nearest.emplace();
    for (size_t p = 0; p < nearest->size(); ++p) (*nearest)[p] = {face[4 + 2 * p], face[5 + 2 * p]};
  }
  return nearest;
}

FaceDetector::FaceDetector(const std::filesystem::path& model) {
  if (!std::filesystem::is_regular_file(model)) {
    throw std::runtime_error(fmt::format("{}: no such file", model.string()));
  }
  try {
    detector_ = cv::FaceDetectorYN::create(model.string(), "", cv::Size(320, 320));
  } catch (const cv::Exception& error) {
    throw std::runtime_error(
        fmt::format("{}: expected a YuNet model in ONNX, got: {}", model.string(), error.err));
  }
}

std::optional<FacePoints> FaceDetector::find(const cv::Mat& image) {
  detector_->setInputSize(image.size());
  cv::Mat faces;
  detector_->detect(image, faces);
  return nearest_face(faces, image.size());
}

}  // namespace gmtrain
