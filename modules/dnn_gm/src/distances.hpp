// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_DISTANCES_HPP
#define OPENCV_DNN_GM_DISTANCES_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

/** @brief Squared Mahalanobis distances of x [D] to some classes, by one thread.

@param means [K,D]
@param scales exp(-log_variance / 2), shaped as log_variances: [K,D], [K,1] or [1,1]
@param classes which of the K
@param distances one for each of `classes`: sums of float32 terms, which may come out as infinite
or NaN
 */
void squaredDistances(const float* x, const Mat& means, const Mat& scales, const int* classes,
                      int count, float* distances);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_DISTANCES_HPP
