// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_GM_HEAD_KERNELS_HPP
#define OPENCV_DNN_GM_CUDA_GM_HEAD_KERNELS_HPP

#include "distance_tile.hpp"
#include "gm_head.hpp"
#include "reduce.hpp"

// Two launches:
//   1. joint*   log p(x,k) - base for every row and class, and the log-sum of every tile of classes
//   2. finish   the tiles' log-sums merged; posteriors; the predicted class's distance anew; scores
// Features and outputs are `Element<T>`; everything between is float32. `runGMHead` puts the
// launches together for any launcher, a CUDA stream being one.

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

enum
{
    fewRows = 4,         //!< rows that jointFewRows does at once
    fewRowsClasses = 16, //!< classes in one of its tiles
    finishClasses = 4096 //!< posteriors that one block of finish() writes
};

//! Where the sums over coordinates leave out the scale, the same for all of them.
__device__ inline float commonScale(const DeviceHead& head, int k)
{
    return head.inverseDeviations[k * head.scaleStride];
}

__device__ inline float jointOf(const DeviceHead& head, int k, float distance)
{
    return head.offsets[k] - saturated(distance) / 2;
}

//! Tiles of 64 rows by 64 classes, for batches.
template <bool diagonal, typename T>
__global__ void jointTiles(DeviceHead head, const Element<T>* features, int N, float* joint,
                           Leader* partials)
{
    const int classTiles = divUp(head.K, tileSide);
    const int classTile = int(blockIdx.x % classTiles);
    const int firstRow = int(blockIdx.x / classTiles) * tileSide, firstClass = classTile * tileSide;
    float distances[tileShare][tileShare];
    distanceTile<diagonal>(features, N, firstRow, head.means, head.inverseDeviations, head.K,
                           firstClass, head.D, distances);
    for (int i = 0; i < tileShare; ++i)
    {
        const int n = firstRow + tileRow(threadIdx.x) + i * tileStride;
        Leader best = Leader::none();
        for (int j = 0; j < tileShare; ++j)
        {
            const int k = firstClass + tileColumn(threadIdx.x) + j * tileStride;
            if (n >= N || k >= head.K)
                continue;
            const float scale = diagonal ? 1.f : commonScale(head, k);
            const float value = jointOf(head, k, distances[i][j] * scale * scale);
            joint[size_t(n) * head.K + k] = value;
            best = best.mergedWith(Leader::of(value, k));
        }
        best = laneMerged(best, tileStride);
        if (n < N && tileColumn(threadIdx.x) == 0)
            partials[size_t(n) * classTiles + classTile] = best;
    }
}

//! Tiles of 4 rows by 16 classes, a warp for each class: for few rows, where reading the means is
//! all that counts.
template <bool diagonal, typename T>
__global__ void jointFewRows(DeviceHead head, const Element<T>* features, int N, float* joint,
                             Leader* partials)
{
    __shared__ float values[fewRows][fewRowsClasses];
    const int classTiles = divUp(head.K, fewRowsClasses);
    const int classTile = int(blockIdx.x % classTiles);
    const int firstRow = int(blockIdx.x / classTiles) * fewRows;
    const int firstClass = classTile * fewRowsClasses;
    const int rows = N - firstRow < fewRows ? N - firstRow : int(fewRows);
    const int classes =
        head.K - firstClass < fewRowsClasses ? head.K - firstClass : int(fewRowsClasses);
    const int lane = threadIdx.x % warpThreads;
    const Element<T>* x = features + size_t(firstRow) * head.D;

    for (int c = threadIdx.x / warpThreads; c < classes; c += tileThreads / warpThreads)
    {
        const int k = firstClass + c;
        const float* mean = head.means + size_t(k) * head.D;
        const float* scales = head.inverseDeviations + size_t(k) * head.scaleStride;
        float sums[fewRows] = {};
        for (int d = lane; d < head.D; d += warpThreads)
            for (int r = 0; r < fewRows; ++r)
                if (r < rows)
                    sums[r] += squaredDifference(float(x[size_t(r) * head.D + d]), mean[d],
                                                 diagonal ? scales[d] : 1.f);
        const float scale = diagonal ? 1.f : commonScale(head, k);
        for (int r = 0; r < fewRows; ++r)
        {
            const float distance = warpSum(sums[r]) * scale * scale;
            if (lane == 0 && r < rows)
                values[r][c] = jointOf(head, k, distance);
        }
    }
    __syncthreads();
    if (int(threadIdx.x) < rows * fewRowsClasses)
    {
        const int r = threadIdx.x / fewRowsClasses, c = threadIdx.x % fewRowsClasses;
        if (c < classes)
            joint[size_t(firstRow + r) * head.K + firstClass + c] = values[r][c];
    }
    if (int(threadIdx.x) < rows)
    {
        Leader best = Leader::none();
        for (int c = 0; c < classes; ++c)
            best = best.mergedWith(Leader::of(values[threadIdx.x][c], firstClass + c));
        partials[size_t(firstRow + threadIdx.x) * classTiles + classTile] = best;
    }
}

//! Squared distance of x to the mean of class k; the first warp's result counts.
template <typename T>
__device__ inline float distanceByBlock(const DeviceHead& head, const Element<T>* features, int n,
                                        int k, float* slots)
{
    const Element<T>* x = features + size_t(n) * head.D;
    const float* mean = head.means + size_t(k) * head.D;
    const float* scales = head.inverseDeviations + size_t(k) * head.scaleStride;
    float sum = 0;
    for (int d = threadIdx.x; d < head.D; d += tileThreads)
        sum += squaredDifference(float(x[d]), mean[d], head.diagonal ? scales[d] : 1.f);
    const float scale = head.diagonal ? 1.f : scales[0];
    return saturated(blockMerged<tileThreads>(warpSum(sum), slots, Add()) * scale * scale);
}

template <typename T>
__global__ void finish(DeviceHead head, const Element<T>* features, const float* joint,
                       const Leader* partials, int partialCount, Outputs<T> outputs)
{
    __shared__ Leader slots[tileThreads / warpThreads];
    __shared__ Leader total;
    __shared__ float sums[tileThreads / warpThreads];
    const int chunks = divUp(head.K, finishClasses);
    const int n = int(blockIdx.x / chunks), chunk = int(blockIdx.x % chunks);

    Leader best = Leader::none();
    for (int tile = threadIdx.x; tile < partialCount; tile += tileThreads)
        best = best.mergedWith(partials[size_t(n) * partialCount + tile]);
    best = blockMerged<tileThreads>(laneMerged(best, warpThreads), slots, MergeLogSums());
    if (threadIdx.x == 0)
        total = best;
    __syncthreads();
    const float sum = total.sum();

    // `joint` may be the memory of prob: each thread reads a value before it writes there.
    const int last =
        head.K - chunk * finishClasses < finishClasses ? head.K : (chunk + 1) * finishClasses;
    Element<T>* prob = outputs.prob + size_t(n) * head.K;
    for (int k = chunk * finishClasses + threadIdx.x; k < last; k += tileThreads)
        prob[k] = Element<T>(expf(joint[size_t(n) * head.K + k] - total.largest) / sum);

    if (chunk > 0)
        return;
    const int c = total.at;
    const float distance = distanceByBlock(head, features, n, c, sums);
    if (threadIdx.x >= warpThreads)
        return;
    const int row = head.calibrationRows == 1 ? 0 : c;
    const bool calibrated = head.calibrationRows > 0;
    const CalibrationTable table = {
        calibrated ? head.calibration + size_t(row) * head.lines * head.Q : head.calibration,
        calibrated ? head.lines : 0, head.Q, calibrated ? head.calibrationCounts[row] : 0};
    const double logSum = total.largest + log(double(sum));
    const float p = pValue(distance, float(-2 * logSum), total.doubt(), table, CountByWarp());
    if (threadIdx.x > 0)
        return;
    outputs.logLikelihood[n] = Element<T>(head.logNormalisers[c] - distance / 2);
    outputs.logDensity[n] = Element<T>(float(head.base + logSum));
    outputs.distance[n] = Element<T>(distance);
    outputs.pValue[n] = Element<T>(p);
    outputs.predicted[n] = Element<T>(float(c));
}

/** @brief Whether tiles of 64 rows by 64 classes keep a GPU busy.

With fewer of them than multiprocessors the kernel would leave some of those idle, with fewer rows
most of each tile empty.
 */
inline bool fillsTiles(int N, int K, int multiprocessors)
{
    return N > tileSide / 2 &&
           divUp(N, tileSide) * (long long)divUp(K, tileSide) >= multiprocessors;
}

//! Log-sums that a row has after the first launch.
inline int partialCount(int K, bool tiles)
{
    return divUp(K, tiles ? int(tileSide) : int(fewRowsClasses));
}

template <bool diagonal, typename T, typename Launch>
void launchJoint(const Launch& launch, const DeviceHead& head, const Element<T>* features, int N,
                 const Workspace& workspace, bool tiles)
{
    const long long blocks =
        (long long)divUp(N, tiles ? int(tileSide) : int(fewRows)) * partialCount(head.K, tiles);
    launch(tiles ? jointTiles<diagonal, T> : jointFewRows<diagonal, T>, blocks, tileThreads, head,
           features, N, workspace.joint, workspace.partials);
}

/** @brief The two launches.

@param launch called as launch(kernel, blocks, threads, arguments...)
@param tiles which of the two kernels does the distances
 */
template <typename T, typename Launch>
void runGMHead(const Launch& launch, const DeviceHead& head, const Element<T>* features, int N,
               const Outputs<T>& outputs, const Workspace& workspace, bool tiles)
{
    if (head.diagonal)
        launchJoint<true>(launch, head, features, N, workspace, tiles);
    else
        launchJoint<false>(launch, head, features, N, workspace, tiles);
    launch(finish<T>, (long long)N * divUp(head.K, finishClasses), tileThreads, head, features,
           static_cast<const float*>(workspace.joint),
           static_cast<const Leader*>(workspace.partials), partialCount(head.K, tiles), outputs);
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_GM_HEAD_KERNELS_HPP
