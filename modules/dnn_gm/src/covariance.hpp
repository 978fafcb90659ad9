// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_COVARIANCE_HPP
#define OPENCV_DNN_GM_COVARIANCE_HPP

// The forms of the covariances Lambda_k. A form is told from the shape of log_variances, for K
// classes in D dimensions.

namespace cv
{
namespace dnn_gm
{

enum class Covariance
{
    shared,    //!< [1,1]: all variances are one number
    isotropic, //!< [K,1]: one number a class
    diagonal   //!< [K,D]: one number a class and coordinate
};

const Covariance covarianceForms[] = {Covariance::shared, Covariance::isotropic,
                                      Covariance::diagonal};

//! The name of a form; a shared variance, which may as well be 1, makes it the identity.
inline const char* nameOf(Covariance form)
{
    return form == Covariance::shared      ? "identity"
           : form == Covariance::isotropic ? "isotropic"
                                           : "diagonal";
}

template <typename Int> inline Int logVarianceRows(Covariance form, Int K)
{
    return form == Covariance::shared ? 1 : K;
}

template <typename Int> inline Int logVarianceColumns(Covariance form, Int D)
{
    return form == Covariance::diagonal ? D : 1;
}

//! Whether log_variances of this shape are of any form.
template <typename Int> inline bool isCovariance(Int rows, Int columns, Int K, Int D)
{
    for (const Covariance form : covarianceForms)
        if (rows == logVarianceRows(form, K) && columns == logVarianceColumns(form, D))
            return true;
    return false;
}

//! The form of log_variances, whose shape is of one. Where K or D is 1, the first form it may be.
template <typename Int> inline Covariance covarianceOf(Int rows, Int columns)
{
    return columns > 1 ? Covariance::diagonal
           : rows > 1  ? Covariance::isotropic
                       : Covariance::shared;
}

//! Whether each coordinate has a scale of its own: else a sum over coordinates is scaled.
inline bool isDiagonal(Covariance form)
{
    return form == Covariance::diagonal;
}

//! How far the scales of a class are behind those of the class before, 0 where classes share them.
template <typename Int> inline Int scaleStride(Covariance form, Int D)
{
    return form == Covariance::shared ? 0 : logVarianceColumns(form, D);
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_COVARIANCE_HPP
