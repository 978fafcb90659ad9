// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "distances.hpp"
#include "mixture_math.hpp"

#include <cstring>

// A block of rows by classes is worked out at a time, so that what is read from memory is used
// several times while it is in registers: a plain double loop takes three to four times as long.
//
// With GCC the loops are compiled for several instruction sets, of which the best is taken when the
// library is loaded. Sanitizers are not up yet then.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) &&       \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DNN_GM_MULTIVERSION __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define DNN_GM_MULTIVERSION
#endif
#if defined(__GNUC__)
#define DNN_GM_INLINE inline __attribute__((always_inline))
#else
#define DNN_GM_INLINE inline
#endif

namespace cv
{
namespace dnn_gm
{

namespace
{

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wpsabi" // vectors are never passed: all is inlined

enum
{
    lanes = 16
};
typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));

DNN_GM_INLINE Vector load(const float* values)
{
    Vector v;
    std::memcpy(&v, values, sizeof(v));
    return v;
}

DNN_GM_INLINE float sumOf(const Vector& v)
{
    float sum = 0;
    for (int lane = 0; lane < lanes; ++lane)
        sum += v[lane];
    return sum;
}
#else
enum
{
    lanes = 1
};
typedef float Vector;

inline float load(const float* values)
{
    return *values;
}
inline float sumOf(float v)
{
    return v;
}
#endif

struct Block
{
    const float* x[4];     // rows
    const float* mean[4];  // classes
    const float* scale[4]; // of the classes
    float* out[4][4];      // where the distance of a row to a class goes
};

// sum over d of ((x_d - mean_d) scale_d)^2; without `diagonal` the scale is one number a class.
template <int rows, int classes, bool diagonal>
DNN_GM_INLINE void computeBlock(const Block& b, int D)
{
    Vector sums[rows][classes] = {};
    int d = 0;
    for (; d <= D - lanes; d += lanes)
    {
        Vector mean[classes], scale[classes];
        for (int k = 0; k < classes; ++k)
        {
            mean[k] = load(b.mean[k] + d);
            if (diagonal)
                scale[k] = load(b.scale[k] + d);
        }
        for (int r = 0; r < rows; ++r)
        {
            const Vector x = load(b.x[r] + d);
            for (int k = 0; k < classes; ++k)
            {
                Vector z = x - mean[k];
                if (diagonal)
                    z *= scale[k];
                sums[r][k] += z * z;
            }
        }
    }
    for (int r = 0; r < rows; ++r)
        for (int k = 0; k < classes; ++k)
        {
            float sum = sumOf(sums[r][k]);
            for (int rest = d; rest < D; ++rest)
                sum += squaredDifference(b.x[r][rest], b.mean[k][rest],
                                         diagonal ? b.scale[k][rest] : 1.f);
            *b.out[r][k] = diagonal ? sum : sum * b.scale[k][0] * b.scale[k][0];
        }
}

// Scales of each coordinate take registers too: fewer classes at a time.
DNN_GM_MULTIVERSION void fourByFour(const Block& b, int D)
{
    computeBlock<4, 4, false>(b, D);
}
DNN_GM_MULTIVERSION void oneByFour(const Block& b, int D)
{
    computeBlock<1, 4, false>(b, D);
}
DNN_GM_MULTIVERSION void fourByTwo(const Block& b, int D)
{
    computeBlock<4, 2, true>(b, D);
}
DNN_GM_MULTIVERSION void oneByTwo(const Block& b, int D)
{
    computeBlock<1, 2, true>(b, D);
}

} // namespace

void squaredDistances(const float* x, int rows, const Mat& means, const Mat& scales,
                      const Range& classes, float* distances)
{
    const int K = means.rows, D = means.cols;
    const bool diagonal = scales.cols > 1;
    const int classesAtOnce = diagonal ? 2 : 4;
    for (int k = classes.start; k < classes.end; k += classesAtOnce)
        for (int n = 0; n < rows;)
        {
            const int rowsAtOnce = rows - n >= 4 ? 4 : 1;
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
            if (rowsAtOnce == 4)
                diagonal ? fourByTwo(b, D) : fourByFour(b, D);
            else
                diagonal ? oneByTwo(b, D) : oneByFour(b, D);
            n += rowsAtOnce;
        }
}

} // namespace dnn_gm
} // namespace cv
