// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_INTRINSICS_HPP
#define OPENCV_DNN_GM_INTRINSICS_HPP

#include "opencv2/core.hpp"
#include "opencv2/core/hal/intrin.hpp"

namespace cv
{
namespace dnn_gm
{

inline void prefetch(const float* address)
{
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    CV_UNUSED(address);
#endif
}

#if CV_SIMD && CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR < 7
// OpenCV 4.6 has operators where later versions have these functions.
template <typename T> inline T v_add(const T& a, const T& b)
{
    return a + b;
}
template <typename T> inline T v_sub(const T& a, const T& b)
{
    return a - b;
}
template <typename T> inline T v_mul(const T& a, const T& b)
{
    return a * b;
}
template <typename T> inline T v_ge(const T& a, const T& b)
{
    return a >= b;
}
template <typename T> inline T v_and(const T& a, const T& b)
{
    return a & b;
}
#endif

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_INTRINSICS_HPP
