// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_REDUCE_HPP
#define OPENCV_DNN_GM_CUDA_REDUCE_HPP

#include "../mixture_math.hpp"

// Sums over the threads of a warp or a block, always in the same order.

/** @brief Before a loop of which so many rounds are to be written out.

All of them where arrays are to be registers; some where reads are to be under way together.
 */
#if defined(__CUDACC__)
#define DNN_GM_PRAGMA(text) _Pragma(#text)
#define DNN_GM_UNROLL(rounds) DNN_GM_PRAGMA(unroll rounds)
#else
#define DNN_GM_UNROLL(rounds)
#endif

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

enum
{
    warpThreads = 32
};

template <typename T> __device__ inline T warpSum(T value)
{
    for (int offset = warpThreads / 2; offset > 0; offset /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

/** @brief Sums of several values over a warp: lane l receives that of values[l % count].

count is a power of 2 up to 32. At each step lanes exchange half of what they have, so that 32 sums
take 31 exchanges.
 */
template <int count> __device__ inline float warpSums(float (&values)[count])
{
    const int lane = threadIdx.x % warpThreads;
    DNN_GM_UNROLL(64)
    for (int half = count / 2; half > 0; half /= 2)
    {
        DNN_GM_UNROLL(64)
        for (int i = 0; i < half; ++i)
        {
            const bool upper = (lane & half) != 0;
            const float sent = upper ? values[i] : values[i + half];
            values[i] =
                (upper ? values[i + half] : values[i]) + __shfl_xor_sync(0xffffffffu, sent, half);
        }
    }
    float sum = values[0];
    for (int offset = count; offset < warpThreads; offset *= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    return sum;
}

//! Merges over `lanes` neighbouring lanes, a power of 2; all of them receive the result.
template <typename T> __device__ inline LogSum<T> laneMerged(LogSum<T> value, int lanes)
{
    for (int offset = lanes / 2; offset > 0; offset /= 2)
    {
        LogSum<T> other;
        other.largest = __shfl_xor_sync(0xffffffffu, value.largest, offset);
        other.at = __shfl_xor_sync(0xffffffffu, value.at, offset);
        other.sum = __shfl_xor_sync(0xffffffffu, value.sum, offset);
        value = value.mergedWith(other);
    }
    return value;
}

__device__ inline Leader laneMerged(Leader value, int lanes)
{
    for (int offset = lanes / 2; offset > 0; offset /= 2)
    {
        Leader other;
        other.largest = __shfl_xor_sync(0xffffffffu, value.largest, offset);
        other.at = __shfl_xor_sync(0xffffffffu, value.at, offset);
        other.second = __shfl_xor_sync(0xffffffffu, value.second, offset);
        other.others = __shfl_xor_sync(0xffffffffu, value.others, offset);
        value = value.mergedWith(other);
    }
    return value;
}

/** @brief Merges what the warps of the block have, each lane the same; the first warp's result
counts.

@param slots shared memory for one value of each warp
 */
template <int threads, typename Value, typename Merge>
__device__ inline Value blockMerged(Value value, Value* slots, Merge merge)
{
    const int lane = threadIdx.x % warpThreads, warp = threadIdx.x / warpThreads;
    if (lane == 0)
        slots[warp] = value;
    __syncthreads();
    if (warp == 0)
        for (int other = 1; other < threads / warpThreads; ++other)
            value = merge(value, slots[other]);
    return value;
}

/** @brief countAtLeast() by a whole warp, for all its lanes.

The values that are left are shared out in 32 parts, and each lane looks at the last one of its
part: 5000 values are searched in three steps.
 */
struct CountByWarp
{
    __device__ int operator()(const float* ascending, int count, float value) const
    {
        int below = 0, end = count; // values before `below` are smaller, those from `end` are not
        while (below < end)
        {
            const int part = divUp(end - below, warpThreads);
            const int last = below + int(threadIdx.x % warpThreads + 1) * part - 1;
            const int smaller = warpSum(last < end && ascending[last] < value ? 1 : 0);
            below += smaller * part;
            end = below + part - 1 < end ? below + part - 1 : end;
        }
        return count - below;
    }
};

struct MergeLogSums
{
    template <typename Sum> __device__ Sum operator()(const Sum& a, const Sum& b) const
    {
        return a.mergedWith(b);
    }
};

struct Add
{
    template <typename T> __device__ T operator()(T a, T b) const { return a + b; }
};

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_REDUCE_HPP
