// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "gaussian_mixture.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

const float largest = std::numeric_limits<float>::max();

struct PerDimension
{
    const float* values;
    float operator[](int i) const { return values[i]; }
};

struct SameForAll
{
    float value;
    float operator[](int) const { return value; }
};

// sum over i of ((x_i - mu_i) s_i)^2. Differences are taken before squaring, so an offset that x
// and mu share cancels exactly. Independent partial sums are what a compiler needs to use vectors,
// and they shorten the chain of roundings.
template <typename Scale>
float squaredDistance(const float* x, const float* mean, Scale scale, int D)
{
    const int lanes = 16;
    float partial[lanes] = {};
    int i = 0;
    for (; i <= D - lanes; i += lanes)
        for (int lane = 0; lane < lanes; ++lane)
        {
            const float z = (x[i + lane] - mean[i + lane]) * scale[i + lane];
            partial[lane] += z * z;
        }
    for (int lane = 0; i < D; ++i, ++lane)
    {
        const float z = (x[i] - mean[i]) * scale[i];
        partial[lane] += z * z;
    }
    for (int half = lanes / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; ++lane)
            partial[lane] += partial[lane + half];
    return partial[0];
}

} // namespace

GaussianMixture::GaussianMixture(const Constants& constants)
    : means(constants.means), calibration(constants.calibration), calibrated(false)
{
    const Mat& logVariances = constants.logVariances;
    inverseDeviations.create(logVariances.size(), CV_32F);
    for (size_t i = 0; i < logVariances.total(); ++i)
        inverseDeviations.ptr<float>()[i] =
            float(std::exp(-0.5 * double(logVariances.ptr<float>()[i])));

    const double log2pi = 1.8378770664093454836;
    for (int k = 0; k < classes(); ++k)
    {
        const float* row = logVariances.ptr<float>(logVariances.rows == 1 ? 0 : k);
        double logDeterminant = 0;
        for (int i = 0; i < dims(); ++i)
            logDeterminant += row[logVariances.cols == 1 ? 0 : i];
        logNormaliser.push_back(-0.5 * (dims() * log2pi + logDeterminant));
        logPrior.push_back(constants.logPriors.ptr<float>()[k]);
    }

    for (int row = 0; row < calibration.rows; ++row)
    {
        const float* values = calibration.ptr<float>(row);
        const float* end = values + calibration.cols;
        while (end != values && cvIsNaN(end[-1]))
            --end;
        calibrationCount.push_back(int(end - values));
        calibrated |= end != values;
    }
}

float GaussianMixture::distance(const float* x, int k) const
{
    const float* mean = means.ptr<float>(k);
    const float* scale = inverseDeviations.ptr<float>(inverseDeviations.rows == 1 ? 0 : k);
    const PerDimension perDimension = {scale};
    const SameForAll sameForAll = {scale[0]};
    const float d = inverseDeviations.cols == 1 ? squaredDistance(x, mean, sameForAll, dims())
                                                : squaredDistance(x, mean, perDimension, dims());
    return d <= largest ? d : largest; // NaN compares false
}

// log p(x,k) = log N(x; mu_k, Lambda_k) + log prior_k, and with c its argmax
//   log p(x)   = log p(x,c) + log sum_k exp(log p(x,k) - log p(x,c))
//   log p(k|x) = log p(x,k) - log p(x)
// These few operations a class are done in float64: they cost nothing beside the distances.
Scores GaussianMixture::score(float* row, double* logJoint) const
{
    const int K = classes();
    int c = 0;
    for (int k = 0; k < K; ++k)
    {
        logJoint[k] = logNormaliser[k] - 0.5 * row[k] + logPrior[k];
        if (logJoint[k] > logJoint[c])
            c = k;
    }
    const double maximum = logJoint[c];
    double sum = 0;
    for (int k = 0; k < K; ++k)
        sum += std::exp(logJoint[k] - maximum);
    const double logSum = std::log(sum);

    Scores scores;
    scores.distance = row[c];
    scores.logLikelihood = float(logNormaliser[c] - 0.5 * row[c]);
    scores.logDensity = float(maximum + logSum);
    scores.pValue = pValue(row[c], c);
    for (int k = 0; k < K; ++k)
        row[k] = float(std::exp(logJoint[k] - maximum - logSum));
    return scores;
}

float GaussianMixture::pValue(float distance, int k) const
{
    // Nothing that was calibrated on looks like this.
    if (distance == largest)
        return 0.f;
    if (calibration.empty())
        return 1.f;
    const int row = calibration.rows == 1 ? 0 : k;
    const float* begin = calibration.ptr<float>(row);
    const float* end = begin + calibrationCount[row];
    const ptrdiff_t asFar = end - std::lower_bound(begin, end, distance);
    return float(double(1 + asFar) / double(1 + calibrationCount[row]));
}

} // namespace dnn_gm
} // namespace cv
