// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_GM_HEAD_CASE_HPP
#define OPENCV_DNN_GM_TEST_GM_HEAD_CASE_HPP

// Heads of any size with features for them, and what GMHead must answer, worked out naively in
// float64. Needs nothing but OpenCV's core.

#include "opencv2/core.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace opencv_test
{

const float quietNaN = std::numeric_limits<float>::quiet_NaN();

enum class Covariance
{
    SHARED,
    ISOTROPIC,
    DIAGONAL
};

enum class Calibration
{
    NONE,
    SHARED,
    PER_CLASS,
    BY_DISTANCE
};

//! The inputs of GMHead, in its order.
struct HeadCase
{
    cv::Mat features;               //!< [N,D]
    std::vector<cv::Mat> constants; //!< means, log_variances, log_priors and maybe calibration

    const cv::Mat& means() const { return constants[0]; }
    const cv::Mat& logVariances() const { return constants[1]; }
    const cv::Mat& logPriors() const { return constants[2]; }
    cv::Mat calibration() const { return constants.size() > 3 ? constants[3] : cv::Mat(); }

    //! "N=2 K=3 D=5": for messages.
    std::string sizes() const
    {
        return cv::format("N=%d K=%d D=%d", features.rows, means().rows, means().cols);
    }
};

//! [rows,cols] float32 from its values, row by row.
inline cv::Mat matrix(int rows, int cols, const std::vector<float>& values)
{
    CV_Assert(int(values.size()) == rows * cols);
    return cv::Mat(values, true).reshape(1, rows);
}

//! [rows,lines,Q] from its values, line by line.
inline cv::Mat tables(int rows, int lines, const std::vector<float>& values)
{
    const int sizes[] = {rows, lines, int(values.size()) / (rows * lines)};
    return cv::Mat(values, true).reshape(1, 3, sizes);
}

inline cv::Mat randomNormal(cv::RNG& random, int rows, int cols, double deviation)
{
    cv::Mat values(rows, cols, CV_32F);
    random.fill(values, cv::RNG::NORMAL, 0., deviation);
    return values;
}

inline cv::Mat randomLogPriors(cv::RNG& random, int K)
{
    cv::Mat priors(K, 1, CV_32F);
    random.fill(priors, cv::RNG::UNIFORM, 0.1, 1.);
    priors /= cv::sum(priors)[0];
    cv::log(priors, priors);
    return priors;
}

//! Tables of different length: table k has Q - k mod Q samples, then NaN.
inline cv::Mat randomCalibration(cv::RNG& random, int rows, int lines, int Q, int D)
{
    std::vector<float> values;
    for (int k = 0; k < rows; ++k)
        for (int line = 0; line < lines; ++line)
        {
            std::vector<float> numbers(size_t(Q - k % Q));
            const float low = line == 0 ? 0.f : line == 1 ? -20.f : 2.f;
            const float high = line == 0 ? 4.f * float(D) : line == 1 ? 0.f : 200.f;
            std::generate(numbers.begin(), numbers.end(),
                          [&] { return random.uniform(low, high); });
            std::sort(numbers.begin(), numbers.end());
            numbers.resize(size_t(Q), quietNaN);
            values.insert(values.end(), numbers.begin(), numbers.end());
        }
    return tables(rows, lines, values);
}

//! The same features, means, variances and priors for every calibration.
inline HeadCase makeCase(int N, int K, int D, Covariance covariance, Calibration calibration)
{
    cv::RNG random(1000003 * uint64_t(N) + 1009 * uint64_t(K) + uint64_t(D));
    const int rows = covariance == Covariance::SHARED ? 1 : K;
    const int cols = covariance == Covariance::DIAGONAL ? D : 1;
    HeadCase made;
    made.constants.push_back(randomNormal(random, K, D, 1.));
    made.constants.push_back(randomNormal(random, rows, cols, 0.5));
    made.constants.push_back(randomLogPriors(random, K));
    // Around the mean of each class in turn, so that no posterior is hopelessly small.
    made.features = randomNormal(random, N, D, 1.);
    for (int n = 0; n < N; ++n)
        made.features.row(n) += made.means().row(n % K);
    if (calibration != Calibration::NONE)
        made.constants.push_back(randomCalibration(random,
                                                   calibration == Calibration::PER_CLASS ? K : 1,
                                                   calibration == Calibration::BY_DISTANCE ? 1 : 3,
                                                   calibration == Calibration::SHARED ? 40 : 7, D));
    return made;
}

//! Classes in groups of ten that are hard to tell apart, inputs near such a group; `spread` is how
//! far groups are from one another, in standard deviations.
inline HeadCase crowds(int N, int K, int D, Covariance covariance, double spread = 1)
{
    HeadCase head = makeCase(N, K, D, covariance, Calibration::SHARED);
    cv::RNG random(7);
    cv::Mat& means = head.constants[0];
    means *= spread;
    head.constants[1] *= 0.02;
    for (int k = 0; k < K; ++k)
        means.row(k) = means.row(k / 10 * 10) + randomNormal(random, 1, D, k % 10 ? 0.15 : 0);
    for (int n = 0; n < N; ++n)
        head.features.row(n) = means.row(n % K) + randomNormal(random, 1, D, 0.7);
    return head;
}

//! What GMHead says of one feature vector, but for the p-value.
struct Expected
{
    std::vector<double> prob;
    int predicted;
    double logLikelihood;
    double logDensity;
    double distance;
    double energy, doubt;
};

inline Expected reference(const HeadCase& head, int n)
{
    const cv::Mat& lv = head.logVariances();
    const int K = head.means().rows, D = head.means().cols;
    std::vector<double> distance(K), logNormal(K), logJoint(K);
    for (int k = 0; k < K; ++k)
    {
        double logDet = 0, variance = 0;
        for (int i = 0; i < D; ++i)
        {
            const double logVariance = lv.at<float>(lv.rows == 1 ? 0 : k, lv.cols == 1 ? 0 : i);
            if (i == 0 || lv.cols > 1)
                variance = std::exp(logVariance);
            const double difference =
                double(head.features.at<float>(n, i)) - double(head.means().at<float>(k, i));
            distance[k] += difference * difference / variance;
            logDet += logVariance;
        }
        logNormal[k] = -0.5 * (distance[k] + logDet + D * std::log(2 * CV_PI));
        logJoint[k] = logNormal[k] + head.logPriors().at<float>(k);
    }
    const std::vector<double>::const_iterator best =
        std::max_element(logJoint.begin(), logJoint.end());
    double sum = 0;
    for (const double value : logJoint)
        sum += std::exp(value - *best);
    const double logDensity = *best + std::log(sum);

    const int c = int(best - logJoint.begin());
    double base = -std::numeric_limits<double>::infinity(), second = base, others = 0;
    for (int k = 0; k < K; ++k)
    {
        base = std::max(base, logJoint[k] + 0.5 * distance[k]);
        if (k != c)
            second = std::max(second, logJoint[k]);
    }
    for (int k = 0; k < K; ++k)
        if (k != c)
            others += std::exp(logJoint[k] - second);

    Expected expected;
    for (const double value : logJoint)
        expected.prob.push_back(std::exp(value - logDensity));
    expected.predicted = c;
    expected.logLikelihood = logNormal[c];
    expected.logDensity = logDensity;
    expected.distance = distance[c];
    expected.energy = -2 * (logDensity - base);
    expected.doubt = others > 0 ? std::log(others) + second - *best : -FLT_MAX;
    return expected;
}

//! The p-value, by counting.
inline double countedPValue(const cv::Mat& calibration, int k, double distance, double energy,
                            double doubt)
{
    if (calibration.empty())
        return 1;
    const int row = calibration.size[0] == 1 ? 0 : k, Q = calibration.size[2];
    const auto atLeast = [&](int line, double value)
    {
        const float* values = calibration.ptr<float>(row, line);
        return double(std::count_if(values, values + Q, [=](float v) { return v >= value; }));
    };
    const double all = 1 + atLeast(0, -FLT_MAX);
    if (calibration.size[1] == 1)
        return (1 + atLeast(0, distance)) / all;
    const double rarity = all / (1 + atLeast(0, energy));
    const double doubtRarity = all / (1 + atLeast(1, doubt));
    const double score = std::pow(rarity, 2.5) + std::pow(doubtRarity, 2);
    return (1 + atLeast(2, score * (1 - 1e-6))) / all;
}

//! Whether it is the p-value of what was expected, or of what lies within rounding of it.
inline bool isPValue(float p, const HeadCase& head, const Expected& e, double rounding = 2e-5)
{
    const double slack =
        rounding * std::max(1., std::max(std::abs(e.distance), std::abs(e.energy)));
    const auto value = [&](double moved)
    {
        return countedPValue(head.calibration(), e.predicted, e.distance + moved, e.energy + moved,
                             e.doubt + moved);
    };
    return p >= value(slack) - 1e-6 && p <= value(-slack) + 1e-6;
}

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_GM_HEAD_CASE_HPP
