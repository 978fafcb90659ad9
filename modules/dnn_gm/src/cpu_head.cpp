// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "cpu_head.hpp"
#include "distances.hpp"

#include <set>
#include <string>

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

int MixtureParameters::calibrationSamples() const
{
    std::set<std::string> seen;
    int samples = 0;
    for (size_t row = 0; row < calibrationCounts.size(); ++row)
    {
        const Mat table(calibration.size[1], calibration.size[2], CV_32F,
                        (void*)calibration.ptr(int(row)));
        if (seen.insert(std::string(table.ptr<char>(), table.total() * sizeof(float))).second)
            samples += calibrationCounts[row];
    }
    return samples;
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

//! The classes of a row that are worked out from differences.
struct CpuHead::Candidates
{
    explicit Candidates(int classes) : indices(classes), distances(classes), logJoint(classes) {}

    AutoBuffer<int> indices;
    AutoBuffer<float> distances;
    AutoBuffer<double> logJoint;
    int count;
    double rest; // what the product says of all other classes together, in units of the second
};

// Numbers that would not be normal become 0: some processors take a hundred times as long for them.
static void scale(float* row, int K, double factor)
{
    const float least = float(FLT_MIN / factor), by = float(factor);
    for (int k = 0; k < K; ++k)
        row[k] = (row[k] < least ? 0.f : row[k]) * by;
}

// Where the product is off by E at most, a class with a share of leastShare has at least
// leastShare exp(-2 E) by the product. The two most likely are always among the candidates.
void CpuHead::findCandidates(float* row, float square, Candidates& candidates) const
{
    const int K = classes();
    candidates.rest = 0;
    if (products->arePossible())
    {
        const Runners runners = exponentiate(row, K);
        const double share = leastShare * runners.sum;
        const double error = products->error(runners.second, square);
        if (error < 1)
        {
            const float threshold = float(std::min(1., share * std::exp(-2 * error)));
            candidates.count = findAtLeast(row, K, threshold, candidates.indices.data());
            candidates.rest = 1 + runners.sum;
            for (int i = 0; i < candidates.count; ++i)
                candidates.rest -= row[candidates.indices[i]];
            candidates.rest = std::max(candidates.rest, 0.);
            return;
        }
    }
    candidates.count = K;
    for (int k = 0; k < K; ++k)
        candidates.indices[k] = k;
}

// As Leader has it, but in two passes, which take one exp() a class, and in float64: these few
// operations cost nothing beside the distances. What is left to the product joins the others.
Scores CpuHead::score(const float* x, float square, float* row, Candidates& candidates) const
{
    findCandidates(row, square, candidates);
    const int count = candidates.count;
    const int* const indices = candidates.indices.data();
    float* const distances = candidates.distances.data();
    double* const logJoint = candidates.logJoint.data();
    squaredDistances(x, parameters.means, parameters.inverseDeviations, indices, count, distances);
    int best = 0;
    double second = -FLT_MAX; // the largest of the classes but c
    // Of the class that is second by the product, whose row has a 1 as that of the first has: what
    // is left to the product counts from it, and loses what all its values have too much.
    double reference = FLT_MAX;
    for (int i = 0; i < count; ++i)
    {
        const int k = indices[i];
        distances[i] = saturated(distances[i]);
        logJoint[i] = parameters.logNormalisers[k] - 0.5 * distances[i] + parameters.logPriors[k];
        if (i > 0)
            second = std::max(second, std::min(logJoint[i], logJoint[best]));
        if (logJoint[i] > logJoint[best])
            best = i;
        if (row[k] == 1)
            reference = std::min(reference, logJoint[i]);
    }
    const int c = indices[best];
    const double maximum = logJoint[best];
    const double unit = candidates.rest > 0 ? std::exp(reference - second) : 0;
    double others = candidates.rest * unit;
    for (int i = 0; i < count; ++i)
        if (i != best)
            others += logJoint[i] = std::exp(logJoint[i] - second);
    const double doubt = others > 0 ? second - maximum + std::log(others) : -FLT_MAX;
    const double shrinkage = std::exp(second - maximum);
    const double sum = 1 + others * shrinkage, logDensity = maximum + std::log(sum);

    Scores scores;
    scores.predicted = c;
    scores.distance = distances[best];
    scores.logLikelihood = float(parameters.logNormalisers[c] - 0.5 * scores.distance);
    scores.logDensity = float(logDensity);
    scores.pValue = pValue(scores.distance, float(-2 * (logDensity - parameters.base)),
                           float(doubt), parameters.calibrationOf(c));
    if (count < classes())
        scale(row, classes(), unit * shrinkage / sum);
    for (int i = 0; i < count; ++i)
        row[indices[i]] = i == best ? float(1 / sum) : float(logJoint[i] * shrinkage / sum);
    return scores;
}

//! By this thread alone where the work is less than what it takes to wake others.
template <typename Body> static void parallelFor(int count, double work, const Body& body)
{
    if (work < 2e5)
        body(Range(0, count));
    else
        parallel_for_(Range(0, count), body);
}

void CpuHead::run(const Mat& features, std::vector<Mat>& outputs)
{
    const int N = features.rows, K = classes(), D = dims();
    const float* const x = features.ptr<float>();
    float* const prob = outputs[0].ptr<float>();
    if (!products)
        products = makePtr<JointProducts>(parameters);
    if (products->arePossible())
    {
        const int tasks = divUp(N, JointProducts::taskRows), panels = products->panelCount();
        const auto rowsOf = [&](int task)
        {
            const int first = task * JointProducts::taskRows;
            return Range(first, std::min(first + JointProducts::taskRows, N));
        };
        packed.resize(products->packedSize(N));
        squares.resize(N);
        parallelFor(tasks, double(N) * D,
                    [&](const Range& range)
                    {
                        for (int task = range.start; task < range.end; ++task)
                            products->pack(x, rowsOf(task), packed.data(), squares.data());
                    });
        // The rows of a panel follow one another, so that it is read from memory once.
        parallelFor(tasks * panels, double(N) * K * D,
                    [&](const Range& range)
                    {
                        for (int i = range.start; i < range.end; ++i)
                            products->multiply(packed.data(), rowsOf(i % tasks), i / tasks, prob);
                    });
    }
    parallelFor(N, double(N) * (K + 16 * D),
                [&](const Range& range)
                {
                    Candidates candidates(K);
                    for (int n = range.start; n < range.end; ++n)
                    {
                        const Scores scores =
                            score(x + size_t(n) * D, products->arePossible() ? squares[n] : 0,
                                  prob + size_t(n) * K, candidates);
                        *outputs[1].ptr<float>(n) = scores.logLikelihood;
                        *outputs[2].ptr<float>(n) = scores.logDensity;
                        *outputs[3].ptr<float>(n) = scores.distance;
                        *outputs[4].ptr<float>(n) = scores.pValue;
                        if (outputs.size() > 5) // nodes may leave it out
                            *outputs[5].ptr<float>(n) = float(scores.predicted);
                    }
                });
}

} // namespace dnn_gm
} // namespace cv
