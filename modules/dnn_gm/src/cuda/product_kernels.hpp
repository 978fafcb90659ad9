// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_PRODUCT_KERNELS_HPP
#define OPENCV_DNN_GM_CUDA_PRODUCT_KERNELS_HPP

#include "gm_head_scores.hpp"

#include <cstring>

// One matrix product for all classes, in three launches:
//   1. pack     features as rows of an operand; the means were packed before
//   2. a matrix product that a library does
//   3. settle   what the product says of a row made log p(x,k); what counts made anew; all outputs

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

enum
{
    warpStep = warpThreads * laneNumbers
};

//! Rounded to nearest; infinities and NaN, of which a product makes no use, may become others.
__device__ inline BFloat16 roundedToBFloat16(float value)
{
    unsigned bits;
    memcpy(&bits, &value, sizeof(bits));
    bits += 0x7fff + (bits >> 16 & 1);
    const BFloat16 rounded = {static_cast<unsigned short>(bits >> 16)};
    return rounded;
}

DNN_GM_HOST_DEVICE inline float toFloat(BFloat16 value)
{
    const unsigned bits = unsigned(value.bits) << 16;
    float number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

//! Writes a number of an operand, whose parts are `width` numbers long.
template <bool ofMeans> __device__ inline void store(float value, float* to, int)
{
    *to = value;
}

/** @brief As two halves of 8 bits each, so that a product has lower x upper + upper x lower +
upper x upper. The small ones come first: what tensor cores cut off of a sum grows with it.
 */
template <bool ofMeans> __device__ inline void store(float value, BFloat16* to, int width)
{
    const BFloat16 upper = roundedToBFloat16(value);
    const BFloat16 lower = roundedToBFloat16(value - toFloat(upper));
    to[0] = ofMeans ? upper : lower;
    to[width] = ofMeans ? lower : upper;
    to[2 * width] = upper;
}

/** @brief A row of an operand, by a block.

@param values [rows,pitch]; for rows from there on zeros are written
@param squares of features: |x'|^2 of a row
 */
template <bool ofMeans, typename Operand, typename Source>
__global__ void pack(DeviceHead head, DeviceProducts products, const Source* values, int rows,
                     int pitch, Operand* operands, float* squares)
{
    __shared__ float slots[blockWarps];
    const int row = blockIdx.x, parts = sizeof(Operand) == sizeof(float) ? 1 : bfloat16Parts;
    const int width = products.depth / parts;
    const Source* from = values + size_t(row) * pitch;
    const float* scales = head.inverseDeviations + size_t(row) * head.scaleStride;
    Operand* to = operands + size_t(row) * products.depth;
    float square = 0;
    for (int d = threadIdx.x; d < products.padded; d += blockThreads)
    {
        const bool inside = row < rows && d < head.D;
        const float centred = inside ? float(from[d]) - products.centre[d] : 0.f;
        const float scale = ofMeans && inside ? scales[head.diagonal ? d : 0] : 0.f;
        store<ofMeans>(ofMeans ? centred * scale * scale : centred, to + d, width);
        if (head.diagonal)
            store<ofMeans>(ofMeans ? scale * scale / -2 : centred * centred,
                           to + products.padded + d, width);
        square += centred * centred;
    }
    if (ofMeans)
        return;
    square = blockMerged<blockThreads>(warpSum(square), slots, Add());
    if (threadIdx.x == 0)
        squares[row] = square;
}

/** @brief Turns what a product is into log p(x,k) - base, in place.

@returns this thread's share of the classes
 */
__device__ inline Leader completed(const DeviceHead& head, const DeviceProducts& products,
                                   float square, float* row)
{
    Leader best = Leader::none();
    for (int first = laneNumbers * threadIdx.x; first < head.K; first += laneNumbers * blockThreads)
    {
        Four four = fourFrom(row + first);
        DNN_GM_UNROLL(64)
        for (int i = 0; i < laneNumbers; ++i)
        {
            const int k = first + i;
            if (k >= head.K)
                break;
            const float scale =
                head.diagonal ? 0.f : head.inverseDeviations[size_t(k) * head.scaleStride];
            four.at[i] += products.constants[k] - scale * scale * square / 2;
            best.add(four.at[i], k);
        }
        *reinterpret_cast<Four*>(row + first) = four;
    }
    return best;
}

//! The classes of a row that were worked out from differences, and what the product says of others.
struct Settled
{
    Leader best;    //!< of those that this warp has worked out
    float distance; //!< to the most likely of them
    float rest;     //!< this thread's share of the sum of exp(value - second) over the others
};

/** @brief Works out the classes that are at least as likely as the threshold, a warp for each.

Their values in the row become what differences say.
 */
template <typename T>
__device__ inline Settled settled(const DeviceHead& head, const Element<T>* x, float* row,
                                  float second, float threshold)
{
    const int lane = threadIdx.x % warpThreads, warp = threadIdx.x / warpThreads;
    Settled result = {Leader::none(), 0.f, 0.f};
    for (int first = warp * warpStep; first < head.K; first += blockWarps * warpStep)
    {
        const int mine = first + laneNumbers * lane;
        Four four = {};
        if (mine < head.K)
            four = fourFrom(row + mine);
        DNN_GM_UNROLL(64)
        for (int i = 0; i < laneNumbers; ++i)
        {
            const bool inside = mine + i < head.K;
            const bool counts = inside && !(four.at[i] < threshold); // as what is no number does
            if (inside && !counts)
                result.rest += expf(four.at[i] - second);
            for (unsigned found = __ballot_sync(0xffffffffu, counts); found; found &= found - 1)
            {
                const int k = first + laneNumbers * (__ffs(int(found)) - 1) + i;
                const float distance =
                    scaled(head, k, warpSum(shareOfDistance(head, x, k, lane, warpThreads)));
                const float value = jointOf(head, k, distance);
                result.best = result.best.mergedWith(Leader::of(value, k));
                if (result.best.at == k)
                    result.distance = distance;
                if (lane == 0)
                    row[k] = value;
            }
        }
    }
    return result;
}

/** @brief All outputs of a row, by a block.

A class with a share of leastShare of what all but the most likely have together has at least
leastShare exp(-2 E) of it by a product that is off by E at most. Where the product tells nothing
every class is worked out: a threshold that is no number keeps none of them out.

@param joint [N,jointPitch]: the product
 */
template <typename T>
__global__ void settle(DeviceHead head, DeviceProducts products, const Element<T>* features,
                       float* joint, int jointPitch, const float* squares, Outputs<T> outputs)
{
    __shared__ Leader slots[blockWarps];
    __shared__ Leader total;
    __shared__ float sums[blockWarps];
    __shared__ float distance;
    const int n = blockIdx.x;
    float* const row = joint + size_t(n) * jointPitch;
    const float square = squares[n];

    const Leader rough = blockMerged<blockThreads>(
        laneMerged(completed(head, products, square, row), warpThreads), slots, MergeLogSums());
    if (threadIdx.x == 0)
        total = rough;
    __syncthreads();
    const float second = total.second;
    const float error = productError(float(products.roundings), second, square,
                                     products.largestNorm, products.largestPrecision);
    const float margin = logf(leastShare * total.others) - 2 * error;
    const float threshold = margin >= 0 ? second : second + margin; // what is no number passes on

    const Settled mine = settled(head, features + size_t(n) * head.D, row, second, threshold);
    const Leader best = blockMerged<blockThreads>(mine.best, slots, MergeLogSums());
    const float rest = blockMerged<blockThreads>(warpSum(mine.rest), sums, Add());
    if (threadIdx.x == 0)
    {
        total = best;
        if (rest > 0)
            total.others += rest * expf(second - best.second);
    }
    __syncthreads();
    if (threadIdx.x % warpThreads == 0 && mine.best.at == total.at)
        distance = mine.distance;
    writePosteriors(row, 0, head.K, total, outputs.prob + size_t(n) * head.K);
    __syncthreads();
    if (threadIdx.x < warpThreads)
        writeScores(head, n, total, distance, outputs);
}

/** @brief Makes an operand of a product.

@param rows,allRows of values, and of the operand, which is filled up with zeros
 */
template <bool ofMeans, typename Source, typename Launch>
void launchPack(const Launch& launch, const DeviceHead& head, const DeviceProducts& products,
                const Source* values, int rows, int allRows, int pitch, void* operands,
                float* squares)
{
    if (head.bfloat16)
        launch(pack<ofMeans, BFloat16, Source>, allRows, blockThreads, head, products, values, rows,
               pitch, static_cast<BFloat16*>(operands), squares);
    else
        launch(pack<ofMeans, float, Source>, allRows, blockThreads, head, products, values, rows,
               pitch, static_cast<float*>(operands), squares);
}

template <typename Launch>
void packMeans(const Launch& launch, const DeviceHead& head, const DeviceProducts& products)
{
    launchPack<true>(launch, head, products, head.means, head.K, jointPitch(head.K), head.pitch,
                     products.operands, static_cast<float*>(nullptr));
}

/** @brief The three launches.

@param multiply called as multiply(means, features, rows of means, N, depth, joint) with operands of
    one type, float or BFloat16; writes the product of each row of features with each of the means
 */
template <typename T, typename Launch, typename Multiply>
void runByProducts(const Launch& launch, const Multiply& multiply, const DeviceHead& head,
                   const DeviceProducts& products, const Element<T>* features, int N,
                   const Outputs<T>& outputs, const Workspace& workspace)
{
    const int pitch = jointPitch(head.K);
    launchPack<false>(launch, head, products, features, N, N, head.D, workspace.features,
                      workspace.squares);
    if (head.bfloat16)
        multiply(static_cast<const BFloat16*>(products.operands),
                 static_cast<const BFloat16*>(workspace.features), pitch, N, products.depth,
                 workspace.joint);
    else
        multiply(static_cast<const float*>(products.operands),
                 static_cast<const float*>(workspace.features), pitch, N, products.depth,
                 workspace.joint);
    launch(settle<T>, N, blockThreads, head, products, features, workspace.joint, pitch,
           static_cast<const float*>(workspace.squares), outputs);
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_PRODUCT_KERNELS_HPP
