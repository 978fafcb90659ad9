// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "class_gaussians.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

//! How many directions do not vanish for all classes.
int usedDirections(const FeatureSpace& space, double relativity)
{
    if (relativity < 1)
        return space.directions();
    return space.background + std::max(countNonZero(space.between > 0), 1); // a head has one
}

} // namespace

ClassGaussians::ClassGaussians(const FeatureSpace& space, const Mat& averages,
                               const std::vector<int>& counts, const Judging& judging)
    : offsets(counts.size(), 0)
{
    const int background = space.background;
    means = Mat::zeros(averages.rows, usedDirections(space, judging.relativity), CV_64F);
    precisions =
        Mat(means.size(), CV_64F, Scalar(judging.backgroundWeight / std::max(background, 1)));
    for (int k = 0; k < classes(); ++k)
    {
        for (int i = background; i < dims(); ++i)
        {
            const double b = space.between.at<double>(i - background);
            const double known = counts[k] * b / (1 + counts[k] * b);
            const double mean = known * averages.at<double>(k, i);
            const double v = 1 + b / (1 + counts[k] * b), t = 1 + b;
            // t - a v, in which nothing cancels; not 0 where the only direction tells nothing.
            const double rest =
                std::max(known * b + (1 - judging.relativity) * v, double(FLT_EPSILON));
            means.at<double>(k, i) = mean * t / rest;
            precisions.at<double>(k, i) = rest / (v * t);
            offsets[k] += 0.5 * (judging.relativity * mean * mean / rest - std::log(v));
        }
        offsets[k] /= judging.temperature;
    }
    precisions /= judging.temperature;
}

bool ClassGaussians::haveOneCovariance() const
{
    for (int k = 1; k < classes(); ++k)
        if (norm(precisions.row(k), precisions.row(0), NORM_INF) > 0)
            return false;
    return true;
}

Mat ClassGaussians::scales() const
{
    Mat scales = Mat::ones(1, dims(), CV_64F);
    if (haveOneCovariance())
        sqrt(precisions.row(0), scales);
    return scales;
}

Mat ClassGaussians::logVariances() const
{
    if (haveOneCovariance())
        return Mat::zeros(1, 1, CV_64F);
    Mat logPrecisions;
    log(precisions, logPrecisions);
    return -logPrecisions;
}

Mat ClassGaussians::logPriors() const
{
    // GMHead adds -1/2 of the sum of logVariances().
    const Mat given = logVariances();
    Mat values = Mat(offsets).reshape(1, classes()).clone(), sums, shifted;
    if (given.rows == classes() && given.cols == dims())
    {
        reduce(given, sums, 1, REDUCE_SUM);
        values += 0.5 * sums;
    }
    double largest;
    minMaxLoc(values, NULL, &largest);
    exp(values - largest, shifted);
    values -= largest + std::log(sum(shifted)[0]);
    return values;
}

double ClassGaussians::score(const double* z, int k) const
{
    const double *mean = means.ptr<double>(k), *precision = precisions.ptr<double>(k);
    double sum = 0;
    for (int i = 0; i < dims(); ++i)
        sum += precision[i] * (z[i] - mean[i]) * (z[i] - mean[i]);
    return offsets[k] - 0.5 * sum;
}

} // namespace dnn_gm
} // namespace cv
