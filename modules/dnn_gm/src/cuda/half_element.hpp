// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_HALF_ELEMENT_HPP
#define OPENCV_DNN_GM_CUDA_HALF_ELEMENT_HPP

#include "gm_head.hpp"

#include <cuda_fp16.h>

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

template <> struct Element<__half>
{
    __host__ __device__ explicit Element(float number)
        : value(__float2half(fminf(fmaxf(number, -65504.f), 65504.f)))
    {
    }
    __host__ __device__ operator float() const { return __half2float(value); }

    __half value;
};

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_HALF_ELEMENT_HPP
