// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_FEATURE_SPACE_HPP
#define OPENCV_DNN_GM_FEATURE_SPACE_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

//! How a FeatureSpace is fitted.
struct FitSettings
{
    bool unitLength; //!< whether features, but for the background, are divided by their length
    int background;  //!< how many of the last columns are the background
    //! Shares of a multiple of the identity in both covariances, within [0,1]; `within` may be
    //! negative: as much as Ledoit and Wolf find best.
    double within, between;

    FitSettings() : unitLength(true), background(0), within(-1), between(0) {}
};

/** @brief A linear map of features after which covariances are simple.

z = map (x - m) has first the directions of the background, in which the covariance of all features
is the identity; then those of the class, in which the covariance within classes is the identity and
that between them diagonal. Two covariances describe all classes: class means are drawn from
N(m, S_b), and features of a class from N(its mean, S_w) (S. Ioffe, Probabilistic linear
discriminant analysis, ECCV 2006).
 */
struct FeatureSpace
{
    FitSettings settings;
    Mat centre;     //!< m, [1,D] CV_64F
    Mat map;        //!< [E,D] CV_64F, E <= D: features that do not vary are left out
    int background; //!< how many of the E directions are the background's
    Mat between;    //!< [1,E - background] CV_64F, not negative, descending

    FeatureSpace() : background(0) {}

    bool empty() const { return map.empty(); }
    int features() const { return map.cols; }   //!< D
    int directions() const { return map.rows; } //!< E

    //! @param features [N,D] of any depth; @returns z, [N,E] CV_64F
    Mat mapped(const Mat& features) const;

    //! log p(y|x is of the same class) - log p(y), of two rows z, by the directions of the class.
    double logRatio(const double* x, const double* y) const;

    /** @brief Estimates m, S_w and S_b.

    S_w is the covariance pooled within classes, S_b that of the classes' averages less what S_w
    adds to it. Both are shrunk towards a multiple of the identity (O. Ledoit, M. Wolf, A
    well-conditioned estimator for large-dimensional covariance matrices, 2004).
    @param features [N,D], finite
    @param classOf [N], the class of each row, 0 to K-1, of which each has a row
    @throws cv::Exception if no class has two different rows, or no column is left for the class
     */
    static FeatureSpace fit(const Mat& features, const std::vector<int>& classOf, int K,
                            const FitSettings& settings);
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_FEATURE_SPACE_HPP
