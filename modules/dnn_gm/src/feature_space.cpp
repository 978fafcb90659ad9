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

//! CV_64F, divided by their lengths if that is asked for. A row of zeros stays.
Mat scaled(const Mat& features, bool unitLength)
{
    Mat x;
    features.convertTo(x, CV_64F);
    if (unitLength)
        for (int n = 0; n < x.rows; ++n)
        {
            const double length = norm(x.row(n));
            if (length > 0)
                x.row(n) /= length;
        }
    return x;
}

//! Rows less the averages of their classes, and what is found on the way.
struct Residuals
{
    Mat rows;                //!< [N,D]
    Mat averages;            //!< [K,D]
    std::vector<int> counts; //!< [K]

    Residuals(const Mat& x, const std::vector<int>& classOf, int K)
        : rows(x.clone()), averages(Mat::zeros(K, x.cols, CV_64F)), counts(K, 0)
    {
        for (int n = 0; n < x.rows; ++n)
        {
            averages.row(classOf[n]) += x.row(n);
            ++counts[classOf[n]];
        }
        for (int k = 0; k < K; ++k)
            averages.row(k) /= counts[k];
        for (int n = 0; n < x.rows; ++n)
            rows.row(n) -= averages.row(classOf[n]);
    }
};

/** @brief The covariance within classes, shrunk.

With r the residuals, each times sqrt(n / (n - 1)) for a class of n rows, S their second moment and
nu its average on the diagonal:
  a = |S - nu I|^2,  b = min(a, sum(|r r^T - S|^2) / N^2) = min(a, (sum |r|^4 - N |S|^2) / N^2)
  S_w = (1 - b/a) S + (b/a) nu I
 */
Mat covarianceWithin(const Residuals& residuals, const std::vector<int>& classOf)
{
    const int D = residuals.rows.cols;
    Mat r = residuals.rows.clone();
    int N = 0; // rows of classes with more than one
    double fourth = 0;
    for (int n = 0; n < r.rows; ++n)
    {
        const double count = residuals.counts[classOf[n]];
        if (count < 2)
            continue;
        r.row(n) *= std::sqrt(count / (count - 1));
        const double square = r.row(n).dot(r.row(n));
        fourth += square * square;
        ++N;
    }
    Mat S;
    mulTransposed(r, S, true, noArray(), 1. / std::max(N, 1));
    const double nu = trace(S)[0] / D;
    if (!(nu > 0))
        CV_Error(Error::StsBadArg, "GaussianMixture: fit() expected two different rows of features "
                                   "of at least one class");
    const double square = S.dot(S), a = square - D * nu * nu;
    const double b = std::max(0., (fourth - N * square) / (double(N) * N));
    const double weight = a > 0 ? std::min(1., b / a) : 1;
    S *= 1 - weight;
    S.diag() += weight * nu;
    return S;
}

} // namespace

Mat FeatureSpace::mapped(const Mat& features) const
{
    Mat x = scaled(features, unitLength);
    for (int n = 0; n < x.rows; ++n)
        x.row(n) -= centre;
    Mat z;
    gemm(x, map, 1, noArray(), 0, z, GEMM_2_T);
    return z;
}

// The scatter of averages about m, divided by K - 1, is S_w + n0 S_b on the average, with
// n0 = (N - sum n_k^2 / N) / (K - 1). Where S_w is I, an eigenvalue b of it belongs to one
// (b - 1) / n0 of S_b.
FeatureSpace FeatureSpace::fit(const Mat& features, const std::vector<int>& classOf, int K,
                               bool unitLength)
{
    FeatureSpace space;
    space.unitLength = unitLength;
    const Mat x = scaled(features, unitLength);
    reduce(x, space.centre, 0, REDUCE_AVG);
    const Residuals residuals(x, classOf, K);

    Mat values, vectors;
    eigen(covarianceWithin(residuals, classOf), values, vectors);
    for (int i = 0; i < x.cols; ++i)
        vectors.row(i) /= std::sqrt(values.at<double>(i));

    Mat averages = residuals.averages.clone();
    double squares = 0;
    for (int k = 0; k < K; ++k)
    {
        averages.row(k) -= space.centre;
        averages.row(k) *= std::sqrt(double(residuals.counts[k]));
        squares += double(residuals.counts[k]) * residuals.counts[k];
    }
    Mat whitened, scatter, rotation;
    gemm(averages, vectors, 1, noArray(), 0, whitened, GEMM_2_T);
    mulTransposed(whitened, scatter, true, noArray(), 1. / std::max(K - 1, 1));
    eigen(scatter, values, rotation);
    space.map = rotation * vectors;
    const double n0 = K > 1 ? (x.rows - squares / x.rows) / (K - 1) : 1;
    threshold((values.t() - 1) / n0, space.between, leastBetween, 0, THRESH_TOZERO);
    return space;
}

} // namespace dnn_gm
} // namespace cv
