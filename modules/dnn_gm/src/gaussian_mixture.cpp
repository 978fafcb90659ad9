// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "gaussian_mixture.hpp"
#include "distances.hpp"
#include "mixture_math.hpp"

namespace cv
{
namespace dnn_gm
{

MixtureParameters::MixtureParameters(const Constants& constants)
    : means(constants.means), calibration(constants.calibration)
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
        logNormalisers.push_back(-0.5 * (dims() * log2pi + logDeterminant));
        logPriors.push_back(constants.logPriors.ptr<float>()[k]);
    }

    for (int row = 0; row < calibration.rows; ++row)
    {
        const float* values = calibration.ptr<float>(row);
        const float* end = values + calibration.cols;
        while (end != values && cvIsNaN(end[-1]))
            --end;
        calibrationCounts.push_back(int(end - values));
    }
}

bool MixtureParameters::isCalibrated() const
{
    return std::any_of(calibrationCounts.begin(), calibrationCounts.end(),
                       [](int count) { return count > 0; });
}

RelativeLogarithms::RelativeLogarithms(const MixtureParameters& parameters) : base(-DBL_MAX)
{
    const int K = parameters.classes();
    for (int k = 0; k < K; ++k)
        base = std::max(base, parameters.logNormalisers[k] + parameters.logPriors[k]);
    for (int k = 0; k < K; ++k)
        offsets.push_back(float(parameters.logNormalisers[k] + parameters.logPriors[k] - base));
}

void GaussianMixture::distances(const float* x, int rows, const Range& ofClasses, float* out) const
{
    squaredDistances(x, rows, parameters.means, parameters.inverseDeviations, ofClasses, out);
    for (int n = 0; n < rows; ++n)
    {
        float* row = out + size_t(n) * classes();
        std::transform(row + ofClasses.start, row + ofClasses.end, row + ofClasses.start,
                       saturated);
    }
}

// With c the argmax of log p(x,k), log p(x) = log p(x,c) + log sum_k exp(log p(x,k) - log p(x,c)).
// These few operations a class are done in float64: they cost nothing beside the distances.
Scores GaussianMixture::score(float* row, double* logJoint) const
{
    const int K = classes();
    int c = 0;
    for (int k = 0; k < K; ++k)
    {
        logJoint[k] = parameters.logNormalisers[k] - 0.5 * row[k] + parameters.logPriors[k];
        if (logJoint[k] > logJoint[c])
            c = k;
    }
    const double maximum = logJoint[c];
    double sum = 0;
    for (int k = 0; k < K; ++k)
    {
        logJoint[k] = std::exp(logJoint[k] - maximum);
        sum += logJoint[k];
    }

    Scores scores;
    scores.distance = row[c];
    scores.logLikelihood = float(parameters.logNormalisers[c] - 0.5 * row[c]);
    scores.logDensity = float(maximum + std::log(sum));
    const Mat& calibration = parameters.calibration;
    const int from = calibration.rows == 1 ? 0 : c;
    scores.pValue = calibration.empty() ? pValue(row[c], NULL, 0)
                                        : pValue(row[c], calibration.ptr<float>(from),
                                                 parameters.calibrationCounts[from]);
    for (int k = 0; k < K; ++k)
        row[k] = float(logJoint[k] / sum);
    return scores;
}

} // namespace dnn_gm
} // namespace cv
