// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Included once for each instruction set, each time in a namespace of its own.

#include "opencv2/core.hpp"
#include "opencv2/core/hal/intrin.hpp"
#include "mixture_math.hpp"

#include <algorithm>

namespace cv
{
namespace dnn_gm
{
CV_CPU_OPTIMIZATION_NAMESPACE_BEGIN

void squaredDistances(const float* x, int rows, const Mat& means, const Mat& scales,
                      const Range& classes, float* distances);

#ifndef CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY

namespace
{

// A block of rows by classes is worked out at a time, so that what is read from memory is used
// several times while it is in registers: a plain double loop takes three to four times as long.
enum
{
    blockRows = 4,
    blockClasses = 4,
    blockClassesDiagonal = 2 // scales of each coordinate take registers too
};

struct Block
{
    const float* x[blockRows];
    const float* mean[blockClasses];
    const float* scale[blockClasses];
    float* out[blockRows][blockClasses]; // where the distance of a row to a class goes
};

#if CV_SIMD // registers of a width that is known only when the program runs cannot form arrays
#if CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR < 7
// OpenCV 4.6 has operators where later versions have these functions.
inline v_float32 v_sub(const v_float32& a, const v_float32& b)
{
    return a - b;
}
inline v_float32 v_mul(const v_float32& a, const v_float32& b)
{
    return a * b;
}
#endif

// Sums over as many d as fill whole registers; returns the first d that is left.
template <int rows, int classes, bool diagonal>
int sumWholeRegisters(const Block& b, int D, float (&sums)[rows][classes])
{
    const int lanes = CV_SIMD_WIDTH / int(sizeof(float));
    v_float32 parts[rows][classes];
    for (int r = 0; r < rows; ++r)
        for (int k = 0; k < classes; ++k)
            parts[r][k] = vx_setzero_f32();
    int d = 0;
    for (; d <= D - lanes; d += lanes)
    {
        v_float32 mean[classes], scale[classes];
        for (int k = 0; k < classes; ++k)
        {
            mean[k] = vx_load(b.mean[k] + d);
            if (diagonal)
                scale[k] = vx_load(b.scale[k] + d);
        }
        for (int r = 0; r < rows; ++r)
        {
            const v_float32 x = vx_load(b.x[r] + d);
            for (int k = 0; k < classes; ++k)
            {
                v_float32 z = v_sub(x, mean[k]);
                if (diagonal)
                    z = v_mul(z, scale[k]);
                parts[r][k] = v_fma(z, z, parts[r][k]);
            }
        }
    }
    for (int r = 0; r < rows; ++r)
        for (int k = 0; k < classes; ++k)
            sums[r][k] = v_reduce_sum(parts[r][k]);
    return d;
}
#endif // CV_SIMD

// sum over d of ((x_d - mean_d) scale_d)^2; without `diagonal` the scale is one number a class.
template <int rows, int classes, bool diagonal> void computeBlock(const Block& b, int D)
{
    float sums[rows][classes] = {};
    int start = 0;
#if CV_SIMD
    start = sumWholeRegisters<rows, classes, diagonal>(b, D, sums);
#endif
    for (int r = 0; r < rows; ++r)
        for (int k = 0; k < classes; ++k)
        {
            float sum = sums[r][k];
            for (int d = start; d < D; ++d)
                sum += squaredDifference(b.x[r][d], b.mean[k][d], diagonal ? b.scale[k][d] : 1.f);
            // The squared scale in float64, so that it adds one rounding instead of two.
            const double scale = b.scale[k][0];
            *b.out[r][k] = diagonal ? sum : float(sum * (scale * scale));
        }
}

template <int classesAtOnce, bool diagonal>
void computeBlocks(const float* x, int rows, const Mat& means, const Mat& scales,
                   const Range& classes, float* distances)
{
    const int K = means.rows, D = means.cols;
    for (int k = classes.start; k < classes.end; k += classesAtOnce)
        for (int n = 0; n < rows;)
        {
            const int rowsAtOnce = rows - n >= blockRows ? int(blockRows) : 1;
            Block b;
            for (int c = 0; c < classesAtOnce; ++c)
            {
                // The last class is done again where there are none left.
                const int at = std::min(k + c, classes.end - 1);
                b.mean[c] = means.ptr<float>(at);
                b.scale[c] = scales.ptr<float>(scales.rows == 1 ? 0 : at);
                for (int r = 0; r < rowsAtOnce; ++r)
                    b.out[r][c] = distances + size_t(n + r) * K + at;
            }
            for (int r = 0; r < rowsAtOnce; ++r)
                b.x[r] = x + size_t(n + r) * D;
            if (rowsAtOnce == 1)
                computeBlock<1, classesAtOnce, diagonal>(b, D);
            else
                computeBlock<blockRows, classesAtOnce, diagonal>(b, D);
            n += rowsAtOnce;
        }
}

} // namespace

void squaredDistances(const float* x, int rows, const Mat& means, const Mat& scales,
                      const Range& classes, float* distances)
{
    if (scales.cols > 1)
        computeBlocks<blockClassesDiagonal, true>(x, rows, means, scales, classes, distances);
    else
        computeBlocks<blockClasses, false>(x, rows, means, scales, classes, distances);
#if CV_SIMD
    vx_cleanup();
#endif
}

#endif // CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY

CV_CPU_OPTIMIZATION_NAMESPACE_END
} // namespace dnn_gm
} // namespace cv
