// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "cpu_head.hpp"
#include "distances.hpp"

namespace cv
{
namespace dnn_gm
{

MixtureParameters::MixtureParameters(const Constants& constants)
    : means(constants.means), base(-DBL_MAX), calibration(constants.calibration),
      calibrationCounts(constants.calibrationCounts)
{
    const Mat& logVariances = constants.logVariances;
    inverseDeviations.create(logVariances.size(), CV_32F);
    for (size_t i = 0; i < logVariances.total(); ++i)
        inverseDeviations.ptr<float>()[i] =
            float(std::exp(-0.5 * double(logVariances.ptr<float>()[i])));

    for (int k = 0; k < classes(); ++k)
    {
        const float* row = logVariances.ptr<float>(logVariances.rows == 1 ? 0 : k);
        double logDeterminant = 0;
        for (int i = 0; i < dims(); ++i)
            logDeterminant += row[logVariances.cols == 1 ? 0 : i];
        logNormalisers.push_back(logGaussian(logDeterminant, dims()));
        logPriors.push_back(constants.logPriors.ptr<float>()[k]);
        base = std::max(base, logNormalisers[k] + logPriors[k]);
    }
}

bool MixtureParameters::isCalibrated() const
{
    return std::any_of(calibrationCounts.begin(), calibrationCounts.end(),
                       [](int count) { return count > 0; });
}

CalibrationTable MixtureParameters::calibrationOf(int predicted) const
{
    CalibrationTable table = {NULL, 0, 0, 0};
    if (calibration.empty())
        return table;
    const int row = calibration.size[0] == 1 ? 0 : predicted;
    table.values = calibration.ptr<float>(row);
    table.lines = calibration.size[1];
    table.stride = calibration.size[2];
    table.count = calibrationCounts[row];
    return table;
}

std::vector<float> relativeOffsets(const MixtureParameters& parameters)
{
    std::vector<float> offsets;
    for (int k = 0; k < parameters.classes(); ++k)
        offsets.push_back(
            float(parameters.logNormalisers[k] + parameters.logPriors[k] - parameters.base));
    return offsets;
}

void CpuHead::distances(const float* x, int rows, const Range& ofClasses, float* out) const
{
    squaredDistances(x, rows, parameters.means, parameters.inverseDeviations, ofClasses, out);
    for (int n = 0; n < rows; ++n)
    {
        float* row = out + size_t(n) * classes();
        std::transform(row + ofClasses.start, row + ofClasses.end, row + ofClasses.start,
                       saturated);
    }
}

// As Leader has it, but in two passes, which take one exp() a class, and in float64: these few
// operations cost nothing beside the distances.
Scores CpuHead::score(float* row, double* logJoint) const
{
    const int K = classes();
    int c = 0;
    double second = -FLT_MAX; // the largest of the classes but c
    for (int k = 0; k < K; ++k)
    {
        logJoint[k] = parameters.logNormalisers[k] - 0.5 * row[k] + parameters.logPriors[k];
        if (k > 0)
            second = std::max(second, std::min(logJoint[k], logJoint[c]));
        if (logJoint[k] > logJoint[c])
            c = k;
    }
    const double maximum = logJoint[c];
    double others = 0;
    for (int k = 0; k < K; ++k)
        if (k != c)
            others += logJoint[k] = std::exp(logJoint[k] - second);
    const double doubt = others > 0 ? second - maximum + std::log(others) : -FLT_MAX;
    const double shrinkage = std::exp(second - maximum);
    const double sum = 1 + others * shrinkage, logDensity = maximum + std::log(sum);

    Scores scores;
    scores.predicted = c;
    scores.distance = row[c];
    scores.logLikelihood = float(parameters.logNormalisers[c] - 0.5 * row[c]);
    scores.logDensity = float(logDensity);
    scores.pValue = pValue(row[c], float(-2 * (logDensity - parameters.base)), float(doubt),
                           parameters.calibrationOf(c));
    for (int k = 0; k < K; ++k)
        row[k] = k == c ? float(1 / sum) : float(logJoint[k] * shrinkage / sum);
    return scores;
}

} // namespace dnn_gm
} // namespace cv
