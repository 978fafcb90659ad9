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
//   energy                   = -2 (log p(x) - base), base the largest logNormaliser + logPrior
//   doubt                    = log((1 - p(c|x)) / p(c|x)) of the predicted class c
//                            = logsumexp_{k != c} log p(x,k) - log p(x,c)

namespace cv
{
namespace dnn_gm
{

//! Within it a variance, its inverse and their square roots are normal float32 numbers.
const float maxLogVariance = 80;

//! How far the sum of the priors may be from 1.
const double priorSumTolerance = 1e-3;

//! Where a product says roughly how likely classes are, those with a larger share of what all but
//! the most likely have together are worked out again from differences: 1 / leastShare at most.
const float leastShare = 0.01f;

const double log2pi = 1.8378770664093454836;

/** @brief log N(x; mu, Lambda) in D dimensions; of x = mu, the normaliser.

@param sum of the squared distance and log|Lambda|: a number, or many of them in a type with
arithmetic
 */
template <typename T> inline T logGaussian(const T& sum, int D)
{
    return -0.5 * (sum + D * log2pi);
}

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

/** @brief The same with the winner apart from the other classes, whose sum is far below what can be
added to 1 where the winner is sure.
 */
struct Leader
{
    float largest; //!< of the values
    int at; //!< the class it is of, the first if there are several; -1 if there is no class yet
    float second; //!< the largest value of the other classes; -FLT_MAX if there is no other
    float others; //!< the sum of exp(value - second) over the other classes

    DNN_GM_HOST_DEVICE static Leader none()
    {
        const Leader nothing = {-FLT_MAX, -1, -FLT_MAX, 0.f};
        return nothing;
    }

    DNN_GM_HOST_DEVICE static Leader of(float value, int k)
    {
        const Leader one = {value, k, -FLT_MAX, 0.f};
        return one;
    }

    DNN_GM_HOST_DEVICE Leader mergedWith(const Leader& other) const
    {
        if (other.at < 0)
            return *this;
        if (at < 0)
            return other;
        const bool mine = largest > other.largest || (largest == other.largest && at < other.at);
        const Leader& high = mine ? *this : other;
        const Leader& low = mine ? other : *this;
        const float second_ = low.largest > high.second ? low.largest : high.second;
        const Leader merged = {high.largest, high.at, second_,
                               high.others * std::exp(high.second - second_) +
                                   std::exp(low.largest - second_) +
                                   low.others * std::exp(low.second - second_)};
        return merged;
    }

    //! As merging with of(value, k), for most values by one exp() instead of three.
    DNN_GM_HOST_DEVICE void add(float value, int k)
    {
        if (value <= second)
            others += std::exp(value - second);
        else
            *this = mergedWith(of(value, k));
    }

    //! The sum of exp(value - largest) over all classes.
    DNN_GM_HOST_DEVICE float sum() const { return 1 + others * std::exp(second - largest); }

    //! log of the other classes' sum less the winner's value; -FLT_MAX if there is no other class.
    DNN_GM_HOST_DEVICE float doubt() const
    {
        return others > 0 ? second - largest + std::log(others) : -FLT_MAX;
    }
};

/** @brief How far log p(x,k) - base by a product may be from the truth for classes that count.

With x' and mu' the features and means less a centre, a = x'.P x', b = mu'.P mu' and
j = log p(x,k) - base, of which the offset is at most 0, the terms of a class are
|x'.P mu'| + a / 2 + |offset - b / 2| <= a + b + |j| together. As a <= 2 d + 2 b and d <= -2 j, that
is at most 5 |j| + 3 b. A class that counts is less than 20 below the second.

@param roundings how often a term is rounded to float32
@param second the second largest j
@param square |x'|^2
@param largestNorm,largestPrecision the largest b and number in P of all classes
@returns FLT_MAX where float32 does not hold the terms
 */
DNN_GM_HOST_DEVICE inline float productError(float roundings, float second, float square,
                                             float largestNorm, float largestPrecision)
{
    if (!(double(square) * largestPrecision + largestNorm < 1e30))
        return FLT_MAX;
    return roundings * (FLT_EPSILON / 2) * (5 * (std::fabs(second) + 20) + 3 * largestNorm);
}

/** @brief The table of a calibration that an input is ranked in.

Three lines, energies, doubts and nonconformities of clean samples, or their distances alone. Each
ascends.
 */
struct CalibrationTable
{
    const float* values; //!< the first line, from which each other is `stride` values further
    int lines;           //!< 3 or 1; 0 where there is no calibration
    int stride;
    int count; //!< values of each line that are numbers: n
};

//! How many of the ascending values are at least this one.
DNN_GM_HOST_DEVICE inline int countAtLeast(const float* ascending, int count, float value)
{
    int below = 0, end = count; // values before `below` are smaller, those from `end` are not
    while (below < end)
    {
        const int middle = below + (end - below) / 2;
        if (ascending[middle] < value)
            below = middle + 1;
        else
            end = middle;
    }
    return count - below;
}

/** @brief Joins the ranks of energy and doubt among n samples.

@param rarity,doubtRarity 1 / P of each, P being its share of the samples that are as large
 */
DNN_GM_HOST_DEVICE inline float nonconformity(float rarity, float doubtRarity)
{
    return rarity * rarity * std::sqrt(rarity) + doubtRarity * doubtRarity;
}

/** @brief Conformal p-value.

@param distance to the predicted class: what is no float32 number was never calibrated on
@param energy,doubt of the input, as the specification of the operator defines them
@param atLeast called as atLeast(ascending, count, value); countAtLeast(), or its like
 */
template <typename Count>
DNN_GM_HOST_DEVICE inline float pValue(float distance, float energy, float doubt,
                                       const CalibrationTable& table, const Count& atLeast)
{
    if (isSaturated(distance))
        return 0.f;
    const float all = float(1 + table.count);
    int stranger = 0;
    if (table.lines == 1)
        stranger = atLeast(table.values, table.count, distance);
    else if (table.lines == 3)
    {
        const float* doubts = table.values + table.stride;
        const float score =
            nonconformity(all / float(1 + atLeast(table.values, table.count, energy)),
                          all / float(1 + atLeast(doubts, table.count, doubt)));
        // What agrees within rounding counts as equal.
        stranger = atLeast(doubts + table.stride, table.count, score * (1 - 1e-6f));
    }
    return float(double(1 + stranger) / double(1 + table.count));
}

DNN_GM_HOST_DEVICE inline float pValue(float distance, float energy, float doubt,
                                       const CalibrationTable& table)
{
    return pValue(distance, energy, doubt, table, countAtLeast);
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_MIXTURE_MATH_HPP
