// SPDX-License-Identifier: Apache-2.0
// Faces brought to one position by five points.
#pragma once

#include <array>
#include <opencv2/core.hpp>

namespace gmtrain {

/// Left eye, right eye, tip of the nose, left and right corner of the mouth, in pixels; left and
/// right as seen in the image.
using FacePoints = std::array<cv::Point2f, 5>;

/// Where the points come to lie in an aligned image of `side` x `side` pixels: the positions that
/// cv::FaceRecognizerSF aligns to, scaled from its 112 pixels.
FacePoints face_template(int side);

/// The similarity transform (rotation, one scale, translation, no reflection) with the least sum of
/// squared distances between transformed `from` and `to`; Umeyama's, in the plane.
/// @return [2,3] float64
/// @throws std::invalid_argument where all points of `from` coincide or are not finite
cv::Matx23d similarity_transform(const FacePoints& from, const FacePoints& to);

/// The face cut out of `image`, its points at face_template(side); black where the image ends.
/// @return side x side, of the image's type
/// @throws std::invalid_argument as similarity_transform
cv::Mat align_face(const cv::Mat& image, const FacePoints& points, int side);

}  // namespace gmtrain
