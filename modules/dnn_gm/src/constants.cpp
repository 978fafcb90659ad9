// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "covariance.hpp"
#include "mixture_math.hpp"

namespace cv
{
namespace dnn_gm
{

static void fail(const String& what)
{
    CV_Error(Error::StsBadArg, "GMHead: " + what);
}

//! The one whose values are given, continuous.
static Mat floats(const Mat& m, const char* name)
{
    if (m.empty())
        fail(format("%s is empty", name));
    if (m.type() != CV_32FC1)
        fail(format("%s must be float32, got %s", name, typeToString(m.type()).c_str()));
    return m.isContinuous() ? m : m.clone();
}

static void checkFinite(const Mat& m, const char* name)
{
    const float* values = m.ptr<float>();
    for (size_t i = 0; i < m.total(); ++i)
        if (!std::isfinite(values[i]))
            fail(format("%s must be finite, value %d is %g", name, int(i), values[i]));
}

static Mat checkMeans(const Mat& input)
{
    Mat means = floats(input, "means");
    if (means.dims != 2)
        fail("means must be [K,D], got " + shapeString(means));
    checkFinite(means, "means");
    return means;
}

static Mat checkLogVariances(const Mat& input, int K, int D)
{
    Mat logVariances = floats(input, "log_variances");
    if (logVariances.dims != 2 || !isCovariance(logVariances.rows, logVariances.cols, K, D))
        fail(format("log_variances must be [K,D]=[%d,%d], [K,1]=[%d,1] or [1,1], got %s", K, D, K,
                    shapeString(logVariances).c_str()));
    checkFinite(logVariances, "log_variances");
    const float* values = logVariances.ptr<float>();
    for (size_t i = 0; i < logVariances.total(); ++i)
        if (std::abs(values[i]) > maxLogVariance)
            fail(format("log_variances must be within [-%g,%g], value %d is %g", maxLogVariance,
                        maxLogVariance, int(i), values[i]));
    return logVariances;
}

static Mat checkLogPriors(const Mat& input, int K)
{
    Mat logPriors = floats(input, "log_priors");
    // A one-dimensional tensor arrives as a column in OpenCV 4 and as it is in OpenCV 5.
    if (logPriors.total() != size_t(K) || (logPriors.dims > 1 && logPriors.cols != 1))
        fail(format("log_priors must be [K]=[%d], got %s", K, shapeString(logPriors).c_str()));
    checkFinite(logPriors, "log_priors");
    double sum = 0;
    for (int k = 0; k < K; ++k)
        sum += std::exp(double(logPriors.ptr<float>()[k]));
    if (!(std::abs(sum - 1) <= priorSumTolerance))
        fail(format("log_priors must be logarithms of probabilities that sum to 1, these sum to %g",
                    sum));
    return logPriors;
}

//! One of the lines of a table; @returns how many of its values are numbers.
static int checkCalibrationLine(const float* values, int Q, const String& where)
{
    int count = 0;
    for (; count < Q && !cvIsNaN(values[count]); ++count)
    {
        if (!std::isfinite(values[count]))
            fail(format("calibration must be finite: %s, value %d is %g", where.c_str(), count,
                        values[count]));
        if (count > 0 && values[count] < values[count - 1])
            fail(format("calibration must ascend within a line: %s, value %d is %g after %g",
                        where.c_str(), count, values[count], values[count - 1]));
    }
    for (int q = count; q < Q; ++q)
        if (!cvIsNaN(values[q]))
            fail(format("calibration must have NaN at the end of a line only: %s, value %d is %g",
                        where.c_str(), q, values[q]));
    return count;
}

static Mat checkCalibration(const Mat& input, int K, std::vector<int>& counts)
{
    if (input.empty())
        return Mat();
    Mat calibration = floats(input, "calibration");
    if (calibration.dims == 2 && calibration.rows == 1)
    {
        const int byDistance[] = {calibration.rows, 1, calibration.cols};
        calibration = calibration.reshape(1, 3, byDistance);
    }
    const MatSize& sizes = calibration.size;
    if (calibration.dims != 3 || (sizes[0] != 1 && sizes[0] != K) ||
        (sizes[1] != 3 && sizes[1] != 1))
        fail(format("calibration must be [R,3,Q] or [R,1,Q] with R = 1 or K = %d, got %s", K,
                    shapeString(input).c_str()));
    for (int row = 0; row < sizes[0]; ++row)
    {
        for (int line = 0; line < sizes[1]; ++line)
        {
            const int count = checkCalibrationLine(calibration.ptr<float>(row, line), sizes[2],
                                                   format("table %d, line %d", row, line));
            if (line == 0)
                counts.push_back(count);
            else if (count != counts.back())
                fail(format("calibration must have lines of one length in a table: table %d has %d "
                            "numbers in line 0 and %d in line %d",
                            row, counts.back(), count, line));
        }
    }
    return calibration;
}

Constants Constants::check(const std::vector<Mat>& inputs)
{
    static const char* const names[] = {"means", "log_variances", "log_priors"};
    if (inputs.size() < 3)
        fail(format("input %s is missing: expected the constants means, log_variances, log_priors "
                    "and calibration, got %d of them",
                    names[inputs.size()], int(inputs.size())));
    if (inputs.size() > 4)
        fail(format("expected the 4 constants means, log_variances, log_priors and calibration, "
                    "got %d",
                    int(inputs.size())));
    Constants checked;
    checked.means = checkMeans(inputs[0]);
    const int K = checked.means.rows, D = checked.means.cols;
    checked.logVariances = checkLogVariances(inputs[1], K, D);
    checked.logPriors = checkLogPriors(inputs[2], K);
    if (inputs.size() == 4)
        checked.calibration = checkCalibration(inputs[3], K, checked.calibrationCounts);
    return checked;
}

} // namespace dnn_gm
} // namespace cv
