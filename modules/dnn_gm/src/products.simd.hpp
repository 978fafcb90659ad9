// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Included once for each instruction set, each time in a namespace of its own.

#include "intrinsics.hpp"
#include "products.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace cv
{
namespace dnn_gm
{
CV_CPU_OPTIMIZATION_NAMESPACE_BEGIN

void multiplyPanel(const float* tiles, int rows, const float* panel, int depth, int classes,
                   float* out, size_t step);
float packRow(const float* x, const float* centre, int D, float* tile, float* squareTile);
Runners exponentiate(float* row, int K);
int findAtLeast(const float* row, int K, float threshold, int* indices);

#ifndef CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY

namespace
{

enum
{
    panelClasses = JointProducts::panelClasses,
    panelStep = JointProducts::panelStep,
    tileRows = JointProducts::tileRows,
    tileDepth = JointProducts::tileDepth,
    blockDepth = JointProducts::blockDepth,
    lineFloats = 16, // of a cache line, or fewer
    termsAhead = 32  // how far ahead a panel is fetched from memory
};

#if CV_SIMD
const int lanes = CV_SIMD_WIDTH / int(sizeof(float));
// As many rows by three registers of classes as there are registers for: 32 or 16.
#if CV_SIMD_WIDTH == 64 || defined(__aarch64__)
const int rowsAtOnce = 8;
#else
const int rowsAtOnce = 4;
#endif

// Adds what `depth` terms are for some rows and registers of classes.
template <int rows, int registers>
void addProducts(const float* tile, const float* panel, int width, int depth, float* sums)
{
    v_float32 parts[rows][registers];
    for (int r = 0; r < rows; ++r)
        for (int i = 0; i < registers; ++i)
            parts[r][i] = vx_setzero_f32();
    for (; depth > 0; depth -= tileDepth, tile += tileRows * tileDepth)
        for (int d = 0, end = std::min(depth, int(tileDepth)); d < end; ++d, panel += width)
        {
            v_float32 terms[registers];
            for (int i = 0; i < registers * lanes; i += lineFloats)
                prefetch(panel + termsAhead * width + i);
            for (int i = 0; i < registers; ++i)
                terms[i] = vx_load(panel + i * lanes);
            for (int r = 0; r < rows; ++r)
            {
                const v_float32 x = vx_setall_f32(tile[r * tileDepth + d]);
                for (int i = 0; i < registers; ++i)
                    parts[r][i] = v_fma(x, terms[i], parts[r][i]);
            }
        }
    for (int r = 0; r < rows; ++r)
        for (int i = 0; i < registers; ++i)
        {
            float* sum = sums + r * panelClasses + i * lanes;
            v_store(sum, v_add(vx_load(sum), parts[r][i]));
        }
}
#else
const int lanes = panelStep, rowsAtOnce = 4;

template <int rows, int registers>
void addProducts(const float* tile, const float* panel, int width, int depth, float* sums)
{
    float parts[rows][registers * lanes] = {};
    for (int d = 0; d < depth; ++d, panel += width)
        for (int r = 0; r < rows; ++r)
        {
            const float x =
                tile[d / tileDepth * tileRows * tileDepth + r * tileDepth + d % tileDepth];
            for (int i = 0; i < registers * lanes; ++i)
                parts[r][i] += x * panel[i];
        }
    for (int r = 0; r < rows; ++r)
        for (int i = 0; i < registers * lanes; ++i)
            sums[r * panelClasses + i] += parts[r][i];
}
#endif // CV_SIMD

template <int rows>
void addProducts(const float* tile, const float* panel, int width, int depth, float* sums)
{
    int k = 0;
    for (; k + 3 * lanes <= width; k += 3 * lanes)
        addProducts<rows, 3>(tile, panel + k, width, depth, sums + k);
    if (width - k == 2 * lanes)
        addProducts<rows, 2>(tile, panel + k, width, depth, sums + k);
    if (width - k == lanes)
        addProducts<rows, 1>(tile, panel + k, width, depth, sums + k);
}

} // namespace

void multiplyPanel(const float* tiles, int rows, const float* panel, int depth, int classes,
                   float* out, size_t step)
{
    const int width = int(alignSize(classes, panelStep));
    const size_t paddedDepth = alignSize(depth, tileDepth);
    CV_DECL_ALIGNED(64) float sums[JointProducts::taskRows * panelClasses];
    for (int r = 0; r < rows; ++r)
    {
        std::copy(panel, panel + width, sums + r * panelClasses);
        for (int k = 0; k < classes; k += lineFloats)
            prefetch(out + r * step + k);
    }
    panel += width;
    for (int start = 0; start < depth; start += blockDepth)
        for (int r = 0; r < rows;)
        {
            const float* tile = tiles + r / tileRows * tileRows * paddedDepth + start * tileRows +
                                r % tileRows * tileDepth;
            const float* terms = panel + size_t(start) * width;
            const int count = std::min(int(blockDepth), depth - start), left = rows - r;
            float* to = sums + r * panelClasses;
            if (left >= rowsAtOnce)
            {
                addProducts<rowsAtOnce>(tile, terms, width, count, to);
                r += rowsAtOnce;
            }
            else if (rowsAtOnce > 4 && left >= 4)
            {
                addProducts<4>(tile, terms, width, count, to);
                r += 4;
            }
            else if (left >= 2)
            {
                addProducts<2>(tile, terms, width, count, to);
                r += 2;
            }
            else
            {
                addProducts<1>(tile, terms, width, count, to);
                r += 1;
            }
        }
    for (int r = 0; r < rows; ++r)
        std::copy(sums + r * panelClasses, sums + r * panelClasses + classes, out + r * step);
#if CV_SIMD
    vx_cleanup();
#endif
}

#if CV_SIMD
namespace
{

// The values of a row, register by register; the last is filled up with `filling`.
template <typename Body>
void forEachRegister(const float* row, int K, float filling, const Body& body)
{
    int k = 0;
    for (; k <= K - lanes; k += lanes)
        body(k, vx_load(row + k));
    if (k < K)
    {
        float rest[lanes];
        std::copy(row + k, row + K, rest);
        std::fill(rest + (K - k), rest + lanes, filling);
        body(k, vx_load(rest));
    }
}

void storeSome(float* to, const v_float32& values, int count)
{
    if (count >= lanes)
        return v_store(to, values);
    float rest[lanes];
    v_store(rest, values);
    std::copy(rest, rest + count, to);
}

// exp(x) for x <= 0, 0 below exp(-87): with n the whole number nearest to x / log 2 and
// |r| <= log(2) / 2 what is left, exp(x) = 2^n exp(r), exp(r) by the polynomial of Cephes' expf().
inline v_float32 exponential(const v_float32& x)
{
    const v_float32 lowest = vx_setall_f32(-87.f);
    const v_float32 clipped = v_max(x, lowest);
    const v_int32 n = v_round(v_mul(clipped, vx_setall_f32(1.44269504f)));
    const v_float32 whole = v_cvt_f32(n);
    v_float32 r = v_fma(whole, vx_setall_f32(-0.693359375f), clipped);
    r = v_fma(whole, vx_setall_f32(2.12194440e-4f), r);
    v_float32 p = vx_setall_f32(1.9875691500e-4f);
    for (const float coefficient :
         {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 0.5f, 1.f, 1.f})
        p = v_fma(p, r, vx_setall_f32(coefficient));
    const v_int32 power = v_shl<23>(v_add(n, vx_setall_s32(127)));
    return v_and(v_mul(p, v_reinterpret_as_f32(power)), v_ge(x, lowest));
}

} // namespace
#endif // CV_SIMD

Runners exponentiate(float* row, int K)
{
    Runners runners;
#if CV_SIMD
    v_float32 firsts = vx_setall_f32(-FLT_MAX), seconds = firsts;
    forEachRegister(row, K, -FLT_MAX,
                    [&](int, const v_float32& values)
                    {
                        seconds = v_max(seconds, v_min(firsts, values));
                        firsts = v_max(firsts, values);
                    });
    const float first = v_reduce_max(firsts);
    const v_float32 holders = v_ge(firsts, vx_setall_f32(first));
    const int held = v_signmask(holders);
    runners.second = (held & (held - 1)) != 0 // the largest value is there more than once
                         ? first
                         : v_reduce_max(v_select(holders, seconds, firsts));

    const v_float32 second = vx_setall_f32(runners.second), zero = vx_setzero_f32();
    v_float32 sums = zero;
    forEachRegister(row, K, -FLT_MAX,
                    [&](int k, const v_float32& values)
                    {
                        const v_float32 e = exponential(v_min(v_sub(values, second), zero));
                        storeSome(row + k, e, K - k);
                        sums = v_add(sums, e);
                    });
    runners.sum = v_reduce_sum(sums) - 1;
    vx_cleanup();
#else
    float first = runners.second = -FLT_MAX;
    for (int k = 0; k < K; ++k)
    {
        runners.second = std::max(runners.second, std::min(first, row[k]));
        first = std::max(first, row[k]);
    }
    runners.sum = -1;
    for (int k = 0; k < K; ++k)
        runners.sum += row[k] = std::exp(std::max(std::min(row[k] - runners.second, 0.f), -87.f));
#endif
    return runners;
}

int findAtLeast(const float* row, int K, float threshold, int* indices)
{
    int count = 0;
#if CV_SIMD
    const v_float32 least = vx_setall_f32(threshold);
    forEachRegister(row, K, -1,
                    [&](int k, const v_float32& values)
                    {
                        unsigned found = unsigned(v_signmask(v_ge(values, least)));
                        for (; found; found &= found - 1)
                            indices[count++] = k + int(trailingZeros32(found));
                    });
    vx_cleanup();
#else
    for (int k = 0; k < K; ++k)
        if (row[k] >= threshold)
            indices[count++] = k;
#endif
    return count;
}

float packRow(const float* x, const float* centre, int D, float* tile, float* squareTile)
{
    float sum = 0;
#if CV_SIMD
    v_float32 sums = vx_setzero_f32();
    forEachRegister(x, D, 0,
                    [&](int d, const v_float32& values)
                    {
                        const v_float32 centred = v_sub(values, vx_load(centre + d));
                        const v_float32 squared = v_mul(centred, centred);
                        const int at = d / tileDepth * tileRows * tileDepth + d % tileDepth;
                        v_store(tile + at, centred);
                        if (squareTile)
                            v_store(squareTile + at, squared);
                        sums = v_add(sums, squared);
                    });
    sum = v_reduce_sum(sums);
    vx_cleanup();
#else
    for (int d = 0; d < D; ++d)
    {
        const int at = d / tileDepth * tileRows * tileDepth + d % tileDepth;
        const float squared = (x[d] - centre[d]) * (x[d] - centre[d]);
        tile[at] = x[d] - centre[d];
        if (squareTile)
            squareTile[at] = squared;
        sum += squared;
    }
#endif
    return sum;
}

#endif // CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY

CV_CPU_OPTIMIZATION_NAMESPACE_END
} // namespace dnn_gm
} // namespace cv
