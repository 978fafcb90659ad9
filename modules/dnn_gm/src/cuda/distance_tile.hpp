// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_DISTANCE_TILE_HPP
#define OPENCV_DNN_GM_CUDA_DISTANCE_TILE_HPP

#include "../mixture_math.hpp"

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

/** @brief How a block of threads shares a tile of 64 rows by 64 classes.

Thread t has rows tileRow(t) + 16 i and classes tileColumn(t) + 16 j, i and j from 0 to 3: the
sixteen threads of a row are neighbours in one warp, and what they read lies side by side.
 */
enum
{
    tileSide = 64,
    tileThreads = 256,
    tileStride = 16,         //!< threads along a side
    tileShare = 4,           //!< tileSide / tileStride: a thread's rows, and its classes
    tileDepth = 16,          //!< coordinates held in shared memory at a time
    tilePitch = tileSide + 1 //!< spreads a column over the banks
};

__device__ inline int tileRow(int thread)
{
    return thread / tileStride;
}
__device__ inline int tileColumn(int thread)
{
    return thread % tileStride;
}

/** @brief Copies values [first, first + 64) x [d, d + 16) of a [count,D] array, transposed.

What lies outside is 0.
 */
template <typename T, typename Source>
__device__ inline void loadTransposed(const Source* values, long long count, long long first, int D,
                                      int d, T (*tile)[tilePitch])
{
    const int column = tileColumn(threadIdx.x);
    for (int row = tileRow(threadIdx.x); row < tileSide; row += tileStride)
    {
        const bool inside = first + row < count && d + column < D;
        tile[column][row] = inside ? T(values[(first + row) * D + d + column]) : T(0);
    }
}

/** @brief sums[i][j] = sum over d of ((x_d - mean_d) scale_d)^2 for this thread's share of a tile.

Sixteen terms are added up before they join the sum: that shortens the chain of roundings.

@param x [N,D]
@param means [K,D]
@param scales [K,D] if `diagonal`, else not read: the caller multiplies the sum
All threads of the block must call it.
 */
template <bool diagonal, typename T, typename Source>
__device__ void distanceTile(const Source* x, long long N, long long firstRow, const T* means,
                             const T* scales, long long K, long long firstClass, int D,
                             T (&sums)[tileShare][tileShare])
{
    __shared__ T xs[tileDepth][tilePitch];
    __shared__ T ms[tileDepth][tilePitch];
    __shared__ T ss[diagonal ? tileDepth : 1][tilePitch];

    const int row = tileRow(threadIdx.x), column = tileColumn(threadIdx.x);
    for (int i = 0; i < tileShare; ++i)
        for (int j = 0; j < tileShare; ++j)
            sums[i][j] = T(0);
    for (int d = 0; d < D; d += tileDepth)
    {
        loadTransposed(x, N, firstRow, D, d, xs);
        loadTransposed(means, K, firstClass, D, d, ms);
        if (diagonal)
            loadTransposed(scales, K, firstClass, D, d, ss);
        __syncthreads();
        T partial[tileShare][tileShare] = {};
        for (int c = 0; c < tileDepth; ++c)
            for (int j = 0; j < tileShare; ++j)
            {
                const int k = column + j * tileStride;
                const T mean = ms[c][k], scale = diagonal ? ss[c][k] : T(1);
                for (int i = 0; i < tileShare; ++i)
                    partial[i][j] += squaredDifference(xs[c][row + i * tileStride], mean, scale);
            }
        for (int i = 0; i < tileShare; ++i)
            for (int j = 0; j < tileShare; ++j)
                sums[i][j] += partial[i][j];
        __syncthreads();
    }
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_DISTANCE_TILE_HPP
