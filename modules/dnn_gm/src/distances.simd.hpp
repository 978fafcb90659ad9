// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Included once for each instruction set, each time in a namespace of its own.

#include "intrinsics.hpp"
#include "mixture_math.hpp"

#include <algorithm>

namespace cv
{
namespace dnn_gm
{
CV_CPU_OPTIMIZATION_NAMESPACE_BEGIN

void squaredDistances(const float* x, const Mat& means, const Mat& scales, const int* classes,
                      int count, float* distances);

#ifndef CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY

namespace
{

// Some classes are worked out at a time, so that no sum waits for itself.
enum
{
    blockClasses = 4
};

struct Block
{
    const float* mean[blockClasses];
    const float* scale[blockClasses];
};

#if CV_SIMD // registers of a width that is known only when the program runs cannot form arrays
// Sums over as many d as fill whole registers; returns the first d that is left.
template <bool diagonal> int sumWholeRegisters(const float* x, const Block& b, int D, float* sums)
{
    const int lanes = CV_SIMD_WIDTH / int(sizeof(float));
    v_float32 parts[blockClasses];
    for (int k = 0; k < blockClasses; ++k)
        parts[k] = vx_setzero_f32();
    int d = 0;
    for (; d <= D - lanes; d += lanes)
    {
        const v_float32 values = vx_load(x + d);
        for (int k = 0; k < blockClasses; ++k)
        {
            v_float32 z = v_sub(values, vx_load(b.mean[k] + d));
            if (diagonal)
                z = v_mul(z, vx_load(b.scale[k] + d));
            parts[k] = v_fma(z, z, parts[k]);
        }
    }
    for (int k = 0; k < blockClasses; ++k)
        sums[k] = v_reduce_sum(parts[k]);
    return d;
}
#endif // CV_SIMD

// sum over d of ((x_d - mean_d) scale_d)^2; without `diagonal` the scale is one number a class.
template <bool diagonal> void computeBlock(const float* x, const Block& b, int D, float* distances)
{
    float sums[blockClasses] = {};
    int start = 0;
#if CV_SIMD
    start = sumWholeRegisters<diagonal>(x, b, D, sums);
#endif
    for (int k = 0; k < blockClasses; ++k)
    {
        float sum = sums[k];
        for (int d = start; d < D; ++d)
            sum += squaredDifference(x[d], b.mean[k][d], diagonal ? b.scale[k][d] : 1.f);
        // The squared scale in float64, so that it adds one rounding instead of two.
        const double scale = b.scale[k][0];
        distances[k] = diagonal ? sum : float(sum * (scale * scale));
    }
}

template <bool diagonal>
void computeBlocks(const float* x, const Mat& means, const Mat& scales, const int* classes,
                   int count, float* distances)
{
    for (int start = 0; start < count; start += blockClasses)
    {
        const int here = std::min(count - start, int(blockClasses));
        Block b;
        for (int i = 0; i < blockClasses; ++i)
        {
            // The last class is done again where there are none left.
            const int k = classes[start + std::min(i, here - 1)];
            b.mean[i] = means.ptr<float>(k);
            b.scale[i] = scales.ptr<float>(scales.rows == 1 ? 0 : k);
        }
        float found[blockClasses];
        computeBlock<diagonal>(x, b, means.cols, found);
        std::copy(found, found + here, distances + start);
    }
}

} // namespace

void squaredDistances(const float* x, const Mat& means, const Mat& scales, const int* classes,
                      int count, float* distances)
{
    if (scales.cols > 1)
        computeBlocks<true>(x, means, scales, classes, count, distances);
    else
        computeBlocks<false>(x, means, scales, classes, count, distances);
#if CV_SIMD
    vx_cleanup();
#endif
}

#endif // CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY

CV_CPU_OPTIMIZATION_NAMESPACE_END
} // namespace dnn_gm
} // namespace cv
