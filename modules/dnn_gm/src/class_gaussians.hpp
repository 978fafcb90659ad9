// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CLASS_GAUSSIANS_HPP
#define OPENCV_DNN_GM_CLASS_GAUSSIANS_HPP

#include "feature_space.hpp"

namespace cv
{
namespace dnn_gm
{

//! How features are judged.
struct Judging
{
    double relativity;       //!< a, in [0,1]
    double backgroundWeight; //!< of the background, as if it were so many directions; >= 0
    double temperature;      //!< T > 0, by which scores are divided

    Judging() : relativity(0.95), backgroundWeight(5), temperature(1) {}
};

/** @brief What decides over a feature z of a FeatureSpace: for each class
score_k(z) = offset_k - 1/2 sum over i of precision_ki (z_i - mean_ki)^2.
 */
struct ClassGaussians
{
    Mat means, precisions;       //!< [K,E'] CV_64F, of the first E' directions of the space
    std::vector<double> offsets; //!< [K]

    /** @brief Of classes of which averages of some rows are known.

    With the posterior of a class mean, of which GaussianMixture's documentation has mean and
    variance v, and t = 1 + b the variance of all features, the score is 1/T times
    log N(z; mean, v) - a log N(z; 0, t) without what all classes share. With r = t - a v,
    completing the square gives
      (z - mean)^2 / v - a z^2 / t = r / (v t) (z - mean t / r)^2 - a mean^2 / r
    Directions with r = 0 for all, where classes do not differ and a = 1, come last and are left
    out. Directions of the background have mean 0 and the precision weight / their number for all.
    @param averages [K,E] of z
    @param counts [K], at least 1
     */
    ClassGaussians(const FeatureSpace& space, const Mat& averages, const std::vector<int>& counts,
                   const Judging& judging);

    int classes() const { return means.rows; }
    int dims() const { return means.cols; }

    /** @brief [1,E'] CV_64F, by which z and means are to be multiplied before GMHead.

    1, but sqrt(precision) where all classes have the same: (z - mean)^2 q is the squared difference
    of z sqrt(q) and mean sqrt(q), and the covariance that is left is the identity.
     */
    Mat scales() const;

    //! [K,E'] CV_64F, or [1,1] zeros for the identity: what is left for GMHead after scales().
    Mat logVariances() const;

    //! [K,1] CV_64F, which with GMHead's own log-determinants are the offsets.
    Mat logPriors() const;

    //! @param z [D] values; @returns score_k(z)
    double score(const double* z, int k) const;

private:
    bool haveOneCovariance() const;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CLASS_GAUSSIANS_HPP
