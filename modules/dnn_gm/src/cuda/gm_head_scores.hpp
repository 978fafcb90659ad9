// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_GM_HEAD_SCORES_HPP
#define OPENCV_DNN_GM_CUDA_GM_HEAD_SCORES_HPP

#include "gm_head.hpp"
#include "reduce.hpp"

// What the kernels of the head have in common. Features and outputs are `Element<T>`; everything
// between is float32.

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

enum
{
    blockThreads = 256,
    blockWarps = blockThreads / warpThreads
};

//! What a thread reads at once.
struct alignas(16) Four
{
    float at[laneNumbers];
};

__device__ inline Four fourFrom(const float* numbers)
{
    return *reinterpret_cast<const Four*>(numbers);
}

__device__ inline float jointOf(const DeviceHead& head, int k, float distance)
{
    return head.offsets[k] - distance / 2;
}

//! This thread's share of the squared distance of x to the mean of class k, apart from the scale.
template <typename T>
__device__ inline float shareOfDistance(const DeviceHead& head, const Element<T>* x, int k,
                                        int thread, int threads)
{
    const float* mean = head.means + size_t(k) * head.pitch;
    const float* scales = head.inverseDeviations + size_t(k) * head.scaleStride;
    float sum = 0;
    DNN_GM_UNROLL(8)
    for (int d = thread; d < head.D; d += threads)
        sum += squaredDifference(float(x[d]), mean[d], head.diagonal ? scales[d] : 1.f);
    return sum;
}

__device__ inline float scaled(const DeviceHead& head, int k, float sum)
{
    const float scale = head.diagonal ? 1.f : head.inverseDeviations[size_t(k) * head.scaleStride];
    return saturated(sum * scale * scale);
}

//! By all threads of the block, for classes from `first` to before `last` of a row.
template <typename T>
__device__ inline void writePosteriors(const float* joint, int first, int last, const Leader& total,
                                       Element<T>* prob)
{
    const float sum = total.sum();
    for (int k = first + threadIdx.x; k < last; k += blockThreads)
        prob[k] = Element<T>(expf(joint[k] - total.largest) / sum);
}

/** @brief All outputs of a row but the posterior, by the block's first warp.

@param distance to the most likely class
 */
template <typename T>
__device__ inline void writeScores(const DeviceHead& head, int n, const Leader& total,
                                   float distance, const Outputs<T>& outputs)
{
    const int c = total.at, row = head.calibrationRows == 1 ? 0 : c;
    const bool calibrated = head.calibrationRows > 0;
    const CalibrationTable table = {
        calibrated ? head.calibration + size_t(row) * head.lines * head.Q : head.calibration,
        calibrated ? head.lines : 0, head.Q, calibrated ? head.calibrationCounts[row] : 0};
    const double logSum = total.largest + log(double(total.sum()));
    const float p = pValue(distance, float(-2 * logSum), total.doubt(), table, CountByWarp());
    if (threadIdx.x > 0)
        return;
    outputs.logLikelihood[n] = Element<T>(head.logNormalisers[c] - distance / 2);
    outputs.logDensity[n] = Element<T>(float(head.base + logSum));
    outputs.distance[n] = Element<T>(distance);
    outputs.pValue[n] = Element<T>(p);
    outputs.predicted[n] = Element<T>(float(c));
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_GM_HEAD_SCORES_HPP
