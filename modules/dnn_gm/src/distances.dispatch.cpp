// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "distances.hpp"

#include "distances.simd.hpp"
#include "distances.simd_declarations.hpp" // made by CMake

namespace cv
{
namespace dnn_gm
{

void squaredDistances(const float* x, const Mat& means, const Mat& scales, const int* classes,
                      int count, float* distances)
{
    CV_CPU_DISPATCH(squaredDistances, (x, means, scales, classes, count, distances),
                    CV_CPU_DISPATCH_MODES_ALL);
}

} // namespace dnn_gm
} // namespace cv
