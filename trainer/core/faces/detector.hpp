// SPDX-License-Identifier: Apache-2.0
// Where the five points of a face are: by cv::FaceDetectorYN.
#pragma once

#include <filesystem>
#include <opencv2/objdetect.hpp>
#include <optional>

#include "core/faces/align.hpp"

namespace gmtrain {

/// The points of the face nearest to the middle of an image, which is where sets of faces have the
/// person that they name; none if there is no face.
/// @param faces [N,15] float32 as cv::FaceDetectorYN::detect gives them, or empty
std::optional<FacePoints> nearest_face(const cv::Mat& faces, const cv::Size& image);

class FaceDetector {
 public:
  /// @param model a YuNet model in ONNX
  /// @throws std::runtime_error naming the file where it is no model that OpenCV reads
  explicit FaceDetector(const std::filesystem::path& model);

  /// The points of the nearest_face(); none if no face is found.
  /// @param image blue, green, red
  std::optional<FacePoints> find(const cv::Mat& image);

 private:
  cv::Ptr<cv::FaceDetectorYN> detector_;
};

}  // namespace gmtrain
