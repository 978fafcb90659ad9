// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_MIXTURE_MATH_HPP
#define OPENCV_DNN_GM_MIXTURE_MATH_HPP

#include <cfloat>
#include <cmath>

#if defined(__CUDACC__)
#define DNN_GM_HOST_DEVICE __host__ __device__
#else
#define DNN_GM_HOST_DEVICE
#endif

// GMHead as arithmetic, apart from loops, threads and memory: what every C++ backend reads.
//
// With the squared Mahalanobis distance d_k of x to class k,
//   log N(x; mu_k, Lambda_k) = logNormaliser_k - d_k / 2
//   log p(x,k)               = log N(x; mu_k, Lambda_k) + logPrior_k
//   log p(x)                 = logsumexp_k log p(x,k)                       (Eq. 4)
//   p(k|x)                   = exp(log p(x,k) - log p(x))                   (Eq. 6)

namespace cv
{
namespace dnn_gm
{

DNN_GM_HOST_DEVICE inline int divUp(int a, int b)
{
    return (a - 1) / b + 1;
}

/** @brief One coordinate's share of a squared distance.

The difference is taken before it is squared, so that an offset common to x and the mean cancels
exactly. `scale` is exp(-log_variance / 2), or 1 where the variance is applied to the sum.
 */
template <typename T> DNN_GM_HOST_DEVICE inline T squaredDifference(T x, T mean, T scale)
{
    const T z = (x - mean) * scale;
    return z * z;
}

//! A distance that is not a float32 number, because x is not or because it is too large.
DNN_GM_HOST_DEVICE inline bool isSaturated(float distance)
{
    return !(distance < FLT_MAX);
}

DNN_GM_HOST_DEVICE inline float saturated(float distance)
{
    return isSaturated(distance) ? FLT_MAX : distance;
}

/** @brief The sum of exp(value) over some classes, and which of them is the largest.

The largest is kept apart, so that nothing is exponentiated before it is normalised.
 */
template <typename T> struct LogSum
{
    T largest; //!< of the values
    int at;    //!< the class it is of, the first if there are several; -1 if there is no class yet
    T sum;     //!< of exp(value - largest)

    DNN_GM_HOST_DEVICE static LogSum none()
    {
        const LogSum nothing = {T(0), -1, T(0)};
        return nothing;
    }

    DNN_GM_HOST_DEVICE static LogSum of(T value, int k)
    {
        const LogSum one = {value, k, T(1)};
        return one;
    }

    DNN_GM_HOST_DEVICE LogSum mergedWith(const LogSum& other) const
    {
        if (other.at < 0)
            return *this;
        if (at < 0)
            return other;
        const bool mine = largest > other.largest || (largest == other.largest && at < other.at);
        const LogSum& high = mine ? *this : other;
        const LogSum& low = mine ? other : *this;
        const LogSum merged = {high.largest, high.at,
                               high.sum + low.sum * T(std::exp(low.largest - high.largest))};
        return merged;
    }
};

/** @brief Conformal p-value of a distance.

@param distance of the input to its predicted class
@param calibration ascending distances
@param count of them; without any the p-value is 1
 */
DNN_GM_HOST_DEVICE inline float pValue(float distance, const float* calibration, int count)
{
    // Nothing that was calibrated on looks like this.
    if (isSaturated(distance))
        return 0.f;
    int below = 0, end = count; // values before `below` are smaller, those from `end` are not
    while (below < end)
    {
        const int middle = below + (end - below) / 2;
        if (calibration[middle] < distance)
            below = middle + 1;
        else
            end = middle;
    }
    return float(double(1 + count - below) / double(1 + count));
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_MIXTURE_MATH_HPP
