// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "products.hpp"
#include "cpu_head.hpp"

#include "products.simd.hpp"
#include "products.simd_declarations.hpp" // made by CMake

namespace cv
{
namespace dnn_gm
{

// Below it the direct distances of a row cost less than what surrounds a product.
const int fewClasses = 16, fewTerms = 8192;

Expansion::Expansion(const MixtureParameters& parameters) : largestNorm(0), largestPrecision(0)
{
    const Mat &means = parameters.means, &scales = parameters.inverseDeviations;
    Mat middle;
    reduce(means, middle, 0, REDUCE_AVG, CV_64F);
    middle.convertTo(centre, CV_32F);
    for (int k = 0; k < means.rows; ++k)
    {
        const float* mean = means.ptr<float>(k);
        const float* scale = scales.ptr<float>(scales.rows == 1 ? 0 : k);
        double norm = 0;
        for (int i = 0; i < means.cols; ++i)
        {
            const double s = scale[scales.cols > 1 ? i : 0], precision = s * s;
            const double centred = double(mean[i]) - centre[i];
            norm += centred * centred * precision;
            largestPrecision = std::max(largestPrecision, float(precision));
        }
        constants.push_back(float(parameters.logNormalisers[k] + parameters.logPriors[k] -
                                  parameters.base - 0.5 * norm));
        largestNorm = std::max(largestNorm, float(norm));
    }
}

JointProducts::JointProducts(const MixtureParameters& parameters)
    : classes(parameters.classes()), dims(parameters.dims()),
      diagonal(parameters.inverseDeviations.cols > 1), centre(alignSize(size_t(dims), tileDepth)),
      largestNorm(0), largestPrecision(0)
{
    const int padded = int(alignSize(dims, tileDepth));
    depth = padded + (diagonal ? dims : 1);
    if (classes <= fewClasses || classes * int64(dims) < fewTerms)
        return;
    const Expansion expansion(parameters);
    std::copy(expansion.centre.begin(), expansion.centre.end(), centre.begin());
    largestNorm = expansion.largestNorm;
    largestPrecision = expansion.largestPrecision;

    panels = Mat::zeros(int(alignSize(classes, panelStep)), depth + 1, CV_32F);
    for (int k = 0; k < classes; ++k)
    {
        const int first = k / panelClasses * panelClasses;
        const int width = int(alignSize(std::min(classes - first, int(panelClasses)), panelStep));
        float* const column = panels.ptr<float>() + size_t(first) * (depth + 1) + (k - first);
        const auto term = [&](int d) -> float& { return column[size_t(d + 1) * width]; };
        const float* mean = parameters.means.ptr<float>(k);
        const Mat& scales = parameters.inverseDeviations;
        const float* scale = scales.ptr<float>(scales.rows == 1 ? 0 : k);
        for (int i = 0; i < dims; ++i)
        {
            const double s = scale[diagonal ? i : 0], precision = s * s;
            term(i) = float((double(mean[i]) - centre[i]) * precision);
            if (diagonal || i == 0)
                term(padded + i) = float(-0.5 * precision);
        }
        column[0] = expansion.constants[k];
    }
}

size_t JointProducts::packedSize(int rows) const
{
    return alignSize(size_t(rows), tileRows) * alignSize(depth, tileDepth);
}

// Returns |x'|^2.
static float packOneRow(const float* x, const float* centre, int D, float* tile, float* squareTile)
{
    CV_CPU_DISPATCH(packRow, (x, centre, D, tile, squareTile), CV_CPU_DISPATCH_MODES_ALL);
}

void JointProducts::pack(const float* x, const Range& rows, float* packed, float* squares) const
{
    for (int n = rows.start; n < rows.end; ++n)
    {
        float* tile = packed + n / tileRows * packedSize(tileRows) + n % tileRows * tileDepth;
        float* squareTile = tile + alignSize(dims, tileDepth) * tileRows;
        squares[n] = packOneRow(x + size_t(n) * dims, centre.data(), dims, tile,
                                diagonal ? squareTile : NULL);
        if (!diagonal)
            *squareTile = squares[n];
    }
}

void JointProducts::multiply(const float* packed, const Range& rows, int panel, float* out) const
{
    const int first = panel * panelClasses;
    const float* const terms = panels.ptr<float>() + size_t(first) * (depth + 1);
    CV_CPU_DISPATCH(multiplyPanel,
                    (packed + rows.start / tileRows * packedSize(tileRows), rows.size(), terms,
                     depth, std::min(int(panelClasses), classes - first),
                     out + size_t(rows.start) * classes + first, size_t(classes)),
                    CV_CPU_DISPATCH_MODES_ALL);
}

// Each term is rounded as often as something is added to it.
float JointProducts::error(float second, float square) const
{
    const float roundings = float(blockDepth + depth / blockDepth + 8);
    return productError(roundings, second, square, largestNorm, largestPrecision);
}

Runners exponentiate(float* row, int K)
{
    CV_CPU_DISPATCH(exponentiate, (row, K), CV_CPU_DISPATCH_MODES_ALL);
}

int findAtLeast(const float* row, int K, float threshold, int* indices)
{
    CV_CPU_DISPATCH(findAtLeast, (row, K, threshold, indices), CV_CPU_DISPATCH_MODES_ALL);
}

} // namespace dnn_gm
} // namespace cv
