// SPDX-License-Identifier: Apache-2.0
// Faces brought to one position by five points, which a file may give.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <string>

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

/// Reads a text file with a line for each image: its path relative to the folder of images, then x
/// and y of the five points in the order of FacePoints, divided by tabs or spaces; paths therefore
/// have none. Empty lines and lines that begin with '#' do not count.
/// @throws std::runtime_error naming the file, the line and what was expected
std::map<std::string, FacePoints> read_landmarks(const std::filesystem::path& file);

}  // namespace gmtrain
