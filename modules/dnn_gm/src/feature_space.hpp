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

/** @brief A linear map of features after which the covariance within classes is the identity, and
that between them diagonal.

Two covariances describe all classes: class means are drawn from N(m, S_b), and features of a class
from N(its mean, S_w) (S. Ioffe, Probabilistic linear discriminant analysis, ECCV 2006). With
map S_w map^T = I and map S_b map^T = diag(between), z = map (x - m).
 */
struct FeatureSpace
{
    bool unitLength; //!< whether features are divided by their length first
    Mat centre;      //!< m, [1,D] CV_64F
    Mat map;         //!< [D,D] CV_64F, rows in descending order of `between`
    Mat between;     //!< [1,D] CV_64F, not negative

    FeatureSpace() : unitLength(false) {}

    bool empty() const { return map.empty(); }
    int dims() const { return map.cols; }

    //! @param features [N,D] of any depth; @returns z, [N,D] CV_64F
    Mat mapped(const Mat& features) const;

    /** @brief Estimates m, S_w and S_b.

    S_w is the covariance pooled within classes, shrunk towards a multiple of the identity (O.
    Ledoit, M. Wolf, A well-conditioned estimator for large-dimensional covariance matrices, 2004).
    S_b follows from the scatter of the classes' averages, less what S_w adds to it.
    @param features [N,D], finite
    @param classOf [N], the class of each row, 0 to K-1, of which each has a row
    @throws cv::Exception if no class has two different rows
     */
    static FeatureSpace fit(const Mat& features, const std::vector<int>& classOf, int K,
                            bool unitLength);
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_FEATURE_SPACE_HPP
