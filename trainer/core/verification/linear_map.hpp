// SPDX-License-Identifier: Apache-2.0
// The linear algebra that scores share, in float64 and by OpenCV.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "core/verification/pair_score.hpp"

namespace gmtrain {

/// Variances less than this of the largest are rounding of float32 features: such directions count
/// for nothing, as in a pseudo-inverse.
constexpr double kLeastVariance = 1e-10;

/// Principal axes of features.
struct PrincipalAxes {
  cv::Mat axes;       ///< [P,D] float64, orthonormal rows, by falling variance
  cv::Mat variances;  ///< [P,1] float64, along the axes
};

/// The fewest axes that hold a share `retained_variance` of the variance, at most `largest`.
/// @param features [N,D] float64
/// @throws std::invalid_argument where all features are equal or `largest` is 0
PrincipalAxes principal_axes(const cv::Mat& features, double retained_variance, int largest);

/// The features as [N,D] float64. @throws std::invalid_argument unless N > 0 and all are finite
cv::Mat to_matrix(const FeatureTable& features);

/// -|x - y| for each pair of rows.
std::vector<double> negative_distances(const cv::Mat& features,
                                       const std::vector<ImagePair>& pairs);

/// The score -|M (x - y)|, M [P,D] float64.
std::unique_ptr<PairScore> distance_after(cv::Mat map);

}  // namespace gmtrain
