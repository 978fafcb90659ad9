// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_GM_HEAD_KERNELS_HPP
#define OPENCV_DNN_GM_CUDA_GM_HEAD_KERNELS_HPP

#include "gm_head_scores.hpp"
#include "product_kernels.hpp"

// Distances from differences, in two launches:
//   1. jointDirectly  log p(x,k) - base of every row and class, and the log-sum of every 16 classes
//   2. finish         these log-sums merged; the predicted class's distance anew; all outputs
// Where a product is faster, product_kernels.hpp does all.

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

enum
{
    warpClasses = tileClasses / blockWarps, //!< that a warp does at once
    tileNumbers = 8192,                     //!< of features, in shared memory
    finishClasses = 4096                    //!< posteriors that one block of finish() writes
};

//! sums[c * rows] += the share of four coordinates of x in its squared distances to some classes.
template <bool diagonal, int rows>
__device__ inline void addDifferences(const Four& x, const Four (&means)[warpClasses],
                                      const Four (&scales)[warpClasses], float* sums)
{
    DNN_GM_UNROLL(64)
    for (int i = 0; i < warpClasses * laneNumbers; ++i)
    {
        const int c = i / laneNumbers, d = i % laneNumbers;
        sums[c * rows] +=
            squaredDifference(x.at[d], means[c].at[d], diagonal ? scales[c].at[d] : 1.f);
    }
}

/** @brief Some rows by 16 classes, two classes for each warp.

For few rows reading the constants is all that counts: each lane has eight reads of 16 bytes under
way. The rows lie in shared memory, filled up with zeros as the constants are.
 */
template <int rows, bool diagonal, typename T>
__global__ void __launch_bounds__(blockThreads, 2)
    jointDirectly(DeviceHead head, const Element<T>* features, int N, float* joint, int jointPitch,
                  Leader* partials)
{
    enum
    {
        depth = tileNumbers / rows,
        step = warpThreads * laneNumbers,
        steps = diagonal ? 2 : 4 // whose reads are under way together
    };
    __shared__ Four xs[rows][depth / laneNumbers];
    __shared__ float values[rows][tileClasses];
    const int tiles = divUp(head.K, tileClasses), tile = int(blockIdx.x % tiles);
    const int firstRow = int(blockIdx.x / tiles) * rows, firstClass = tile * tileClasses;
    const int lane = threadIdx.x % warpThreads, warp = threadIdx.x / warpThreads;
    const float *means[warpClasses], *scales[warpClasses];
    for (int c = 0; c < warpClasses; ++c)
    {
        // The last class is done again where there are none left.
        const int k = firstClass + warp * warpClasses + c, there = k < head.K ? k : head.K - 1;
        means[c] = head.means + size_t(there) * head.pitch;
        scales[c] = head.inverseDeviations + size_t(there) * head.scaleStride;
    }
    float sums[warpClasses * rows] = {};
    for (int start = 0; start < head.pitch; start += depth)
    {
        const int here = head.pitch - start < depth ? head.pitch - start : int(depth);
        __syncthreads();
        for (int d = threadIdx.x; d < here; d += blockThreads)
        {
            DNN_GM_UNROLL(64)
            for (int r = 0; r < rows; ++r)
            {
                const bool inside = firstRow + r < N && start + d < head.D;
                reinterpret_cast<float*>(xs[r])[d] =
                    inside ? float(features[size_t(firstRow + r) * head.D + start + d]) : 0.f;
            }
        }
        __syncthreads();
        for (int first = laneNumbers * lane; first < here; first += step * steps)
        {
            Four mean[steps][warpClasses], scale[steps][warpClasses];
            DNN_GM_UNROLL(64)
            for (int s = 0; s < steps; ++s)
                for (int c = 0; c < warpClasses; ++c)
                {
                    const int d = start + first + s * step;
                    if (d < start + here)
                        mean[s][c] = fourFrom(means[c] + d);
                    if (d < start + here && diagonal)
                        scale[s][c] = fourFrom(scales[c] + d);
                }
            DNN_GM_UNROLL(64)
            for (int i = 0; i < steps * rows; ++i)
            {
                const int s = i / rows, r = i % rows, d = first + s * step;
                if (d < here)
                    addDifferences<diagonal, rows>(xs[r][d / laneNumbers], mean[s], scale[s],
                                                   sums + r);
            }
        }
    }
    const float sum = warpSums(sums);
    if (lane < warpClasses * rows)
    {
        const int r = lane % rows, c = warp * warpClasses + lane / rows, k = firstClass + c;
        if (k < head.K)
            values[r][c] = jointOf(head, k, scaled(head, k, sum));
    }
    __syncthreads();
    const int r = threadIdx.x / tileClasses, c = threadIdx.x % tileClasses;
    const int n = firstRow + r, k = firstClass + c;
    const bool inside = r < rows && n < N && k < head.K;
    if (inside)
        joint[size_t(n) * jointPitch + k] = values[r][c];
    const Leader best =
        laneMerged(inside ? Leader::of(values[r][c], k) : Leader::none(), tileClasses);
    if (inside && c == 0)
        partials[size_t(n) * tiles + tile] = best;
}

template <typename T>
__global__ void finish(DeviceHead head, const Element<T>* features, const float* joint,
                       int jointPitch, const Leader* partials, int partialCount, Outputs<T> outputs)
{
    __shared__ Leader slots[blockWarps];
    __shared__ Leader total;
    __shared__ float sums[blockWarps];
    const int chunks = divUp(head.K, finishClasses);
    const int n = int(blockIdx.x / chunks), chunk = int(blockIdx.x % chunks);

    Leader best = Leader::none();
    for (int tile = threadIdx.x; tile < partialCount; tile += blockThreads)
        best = best.mergedWith(partials[size_t(n) * partialCount + tile]);
    best = blockMerged<blockThreads>(laneMerged(best, warpThreads), slots, MergeLogSums());
    if (threadIdx.x == 0)
        total = best;
    __syncthreads();

    const int first = chunk * finishClasses;
    const int last = head.K - first < finishClasses ? head.K : first + finishClasses;
    writePosteriors(joint + size_t(n) * jointPitch, first, last, total,
                    outputs.prob + size_t(n) * head.K);
    if (chunk > 0)
        return;
    const float share =
        shareOfDistance(head, features + size_t(n) * head.D, total.at, threadIdx.x, blockThreads);
    const float sum = blockMerged<blockThreads>(warpSum(share), sums, Add());
    if (threadIdx.x < warpThreads)
        writeScores(head, n, total, scaled(head, total.at, sum), outputs);
}

template <int rows, bool diagonal, typename T, typename Launch>
void launchJoint(const Launch& launch, const DeviceHead& head, const Element<T>* features, int N,
                 const Workspace& workspace)
{
    launch(jointDirectly<rows, diagonal, T>, (long long)divUp(N, rows) * partialCount(head.K),
           blockThreads, head, features, N, workspace.joint, jointPitch(head.K),
           workspace.partials);
}

template <int rows, typename T, typename Launch>
void launchJoint(const Launch& launch, const DeviceHead& head, const Element<T>* features, int N,
                 const Workspace& workspace)
{
    if (head.diagonal)
        launchJoint<rows, true>(launch, head, features, N, workspace);
    else
        launchJoint<rows, false>(launch, head, features, N, workspace);
}

//! @param launch called as launch(kernel, blocks, threads, arguments...)
template <typename T, typename Launch>
void runDirectly(const Launch& launch, const DeviceHead& head, const Element<T>* features, int N,
                 const Outputs<T>& outputs, const Workspace& workspace)
{
    if (N == 1)
        launchJoint<1>(launch, head, features, N, workspace);
    else if (N <= 4)
        launchJoint<4>(launch, head, features, N, workspace);
    else
        launchJoint<16>(launch, head, features, N, workspace);
    launch(finish<T>, (long long)N * divUp(head.K, finishClasses), blockThreads, head, features,
           static_cast<const float*>(workspace.joint), jointPitch(head.K),
           static_cast<const Leader*>(workspace.partials), partialCount(head.K), outputs);
}

/** @brief All launches of the head.

@param launch called as launch(kernel, blocks, threads, arguments...)
@param multiply as runByProducts() calls it
@param products with operands, or NULL: distances are made one by one
 */
template <typename T, typename Launch, typename Multiply>
void runGMHead(const Launch& launch, const Multiply& multiply, const DeviceHead& head,
               const DeviceProducts* products, const Element<T>* features, int N,
               const Outputs<T>& outputs, const Workspace& workspace)
{
    if (products)
        runByProducts(launch, multiply, head, *products, features, N, outputs, workspace);
    else
        runDirectly(launch, head, features, N, outputs, workspace);
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_GM_HEAD_KERNELS_HPP
