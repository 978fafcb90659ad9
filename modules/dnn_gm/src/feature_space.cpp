// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "feature_space.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

//! Of less variance than this between classes, that within them being 1, nothing can be learnt.
const double leastBetween = 1e-4;

//! Columns whose deviation within classes is less than this share of the largest do not count.
const double leastDeviation = 1e-6;

//! CV_64F, those of the class divided by their length if that is asked for. A row of zeros stays.
Mat scaled(const Mat& features, const FitSettings& settings)
{
    Mat x;
    features.convertTo(x, CV_64F);
    if (!settings.unitLength)
        return x;
    const Mat own = x.colRange(0, x.cols - settings.background);
    for (int n = 0; n < x.rows; ++n)
    {
        const double length = norm(own.row(n));
        if (length > 0)
            own.row(n) /= length;
    }
    return x;
}

//! A multiple of the identity, whose trace is that of S, in the place of a share of S.
void shrink(Mat& S, double share)
{
    const double nu = trace(S)[0] / S.cols;
    S *= 1 - share;
    S.diag() += share * nu;
}

//! Eigenvalues, descending, and eigenvectors in rows, by a decomposition that is fast with LAPACK.
void decompose(const Mat& symmetric, Mat& values, Mat& vectors)
{
    // Of a matrix without negative eigenvalues the singular values are the eigenvalues.
    const double shift = norm(symmetric);
    Mat shifted = symmetric.clone(), u;
    shifted.diag() += shift;
    SVD::compute(shifted, values, u, vectors, SVD::MODIFY_A);
    values -= shift;
}

//! Rows as members of classes.
struct Grouped
{
    Mat residuals;           //!< [N,D], rows less the averages of their classes
    Mat averages;            //!< [K,D]
    std::vector<int> counts; //!< [K]
    int freedom;             //!< N - K

    Grouped(const Mat& x, const std::vector<int>& classOf, int K)
        : residuals(x.clone()), averages(Mat::zeros(K, x.cols, CV_64F)), counts(K, 0),
          freedom(x.rows - K)
    {
        for (int n = 0; n < x.rows; ++n)
        {
            averages.row(classOf[n]) += x.row(n);
            ++counts[classOf[n]];
        }
        for (int k = 0; k < K; ++k)
            averages.row(k) /= counts[k];
        for (int n = 0; n < x.rows; ++n)
            residuals.row(n) -= averages.row(classOf[n]);
    }

    //! The covariance within classes.
    Mat within() const
    {
        Mat S;
        mulTransposed(residuals, S, true, noArray(), 1. / freedom);
        return S;
    }

    /** @brief What Ledoit and Wolf find best for S = within(), by the variance of its elements:
    with r the N residuals, scaled so that S is their second moment, and nu the average of its
    diagonal, sum(|r r^T - S|^2) / N^2 / |S - nu I|^2,  the sum being sum |r|^4 - N |S|^2
     */
    double shrinkage(const Mat& S) const
    {
        Mat squares;
        reduce(residuals.mul(residuals), squares, 1, REDUCE_SUM);
        const double N = residuals.rows, scale = N / freedom;
        const double nu = trace(S)[0] / S.cols, square = S.dot(S);
        const double noise = (scale * scale * squares.dot(squares) - N * square) / (N * N);
        const double away = square - S.cols * nu * nu;
        return away > 0 ? std::min(1., std::max(0., noise / away)) : 1;
    }

    //! The covariance of class means. An average of n rows has S / n of its own, S = within().
    Mat between(const Mat& S) const
    {
        Mat mean, covariance, centred = averages.clone();
        reduce(averages, mean, 0, REDUCE_AVG);
        double inverses = 0;
        const int K = averages.rows;
        for (int k = 0; k < K; ++k)
        {
            centred.row(k) -= mean;
            inverses += 1. / counts[k];
        }
        mulTransposed(centred, covariance, true, noArray(), 1. / std::max(K - 1, 1));
        return covariance - S * (inverses / K);
    }
};

//! [E,E]: the map after which a covariance, shrunk, is the identity.
Mat whitening(Mat S, double share)
{
    Mat values, vectors;
    shrink(S, share);
    decompose(S, values, vectors);
    for (int i = 0; i < S.rows; ++i)
    {
        // None is smaller by more than rounding can tell.
        const double value = std::max(values.at<double>(i), 1e-10 * values.at<double>(0));
        vectors.row(i) /= std::sqrt(value);
    }
    return vectors;
}

//! [E,D] of ones and zeros: takes those columns that vary within classes.
Mat selection(const Mat& residuals)
{
    Mat squares, rows;
    reduce(residuals.mul(residuals), squares, 0, REDUCE_SUM);
    double largest;
    minMaxLoc(squares, NULL, &largest);
    for (int i = 0; i < squares.cols; ++i)
        if (squares.at<double>(i) > largest * leastDeviation * leastDeviation)
        {
            Mat row = Mat::zeros(1, squares.cols, CV_64F);
            row.at<double>(i) = 1;
            rows.push_back(row);
        }
    return rows;
}

/** @brief Fits a block of columns.

@param centre [1,D], the middle of the classes' averages, so that a large class does not draw the
others
@param between [1,E], the variances between classes
@returns [E,D], the map
 */
Mat fitBlock(const Mat& block, const std::vector<int>& classOf, int K, const FitSettings& settings,
             Mat& centre, Mat& between)
{
    Mat selected;
    {
        const Grouped all(block, classOf, K);
        reduce(all.averages, centre, 0, REDUCE_AVG);
        selected = selection(all.residuals);
    }
    if (selected.empty())
        CV_Error(Error::StsBadArg, "GaussianMixture: fit() expected two different rows of features "
                                   "of at least one class");
    const Grouped rows(selected.rows < block.cols ? Mat(block * selected.t()) : block, classOf, K);
    const Mat S = rows.within();
    Mat S_b = rows.between(S), values, rotation;
    shrink(S_b, settings.between);
    const Mat map = whitening(S, settings.within < 0 ? rows.shrinkage(S) : settings.within);
    decompose(Mat(map * S_b * map.t()), values, rotation);
    threshold(values.t(), between, leastBetween, 0, THRESH_TOZERO);
    const Mat turned = rotation * map;
    return selected.rows < block.cols ? Mat(turned * selected) : turned;
}

} // namespace

Mat FeatureSpace::mapped(const Mat& features) const
{
    Mat x = scaled(features, settings);
    for (int n = 0; n < x.rows; ++n)
        x.row(n) -= centre;
    Mat z;
    gemm(x, map, 1, noArray(), 0, z, GEMM_2_T);
    return z;
}

double FeatureSpace::logRatio(const double* x, const double* y) const
{
    double sum = 0;
    for (int i = background; i < directions(); ++i)
    {
        const double b = between.at<double>(i - background), known = b / (1 + b);
        const double v = 1 + known, t = 1 + b, away = y[i] - known * x[i];
        sum += std::log(v / t) + away * away / v - y[i] * y[i] / t;
    }
    return -0.5 * sum;
}

FeatureSpace FeatureSpace::fit(const Mat& features, const std::vector<int>& classOf, int K,
                               const FitSettings& settings)
{
    const int D = features.cols, own = D - settings.background;
    if (own < 1)
        CV_Error(Error::StsBadArg, format("GaussianMixture: fit() expected more than the %d "
                                          "columns of the background, got %d",
                                          settings.background, D));
    FeatureSpace space;
    space.settings = settings;
    const Mat x = scaled(features, settings);
    space.centre.create(1, D, CV_64F);
    Mat centre;
    const Mat ofClass = fitBlock(x.colRange(0, own), classOf, K, settings, centre, space.between);
    centre.copyTo(space.centre.colRange(0, own));
    Mat ofBackground;
    if (settings.background > 0)
    {
        Mat none;
        ofBackground = fitBlock(x.colRange(own, D), std::vector<int>(x.rows, 0), 1, FitSettings(),
                                centre, none);
        centre.copyTo(space.centre.colRange(own, D));
    }
    space.background = ofBackground.rows;
    space.map = Mat::zeros(ofBackground.rows + ofClass.rows, D, CV_64F);
    if (space.background > 0)
        ofBackground.copyTo(space.map(Range(0, space.background), Range(own, D)));
    ofClass.copyTo(space.map(Range(space.background, space.map.rows), Range(0, own)));
    return space;
}

} // namespace dnn_gm
} // namespace cv
