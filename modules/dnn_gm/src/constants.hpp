// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CONSTANTS_HPP
#define OPENCV_DNN_GM_CONSTANTS_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

//! The constant inputs of GMHead, checked: continuous CV_32F.
struct Constants
{
    Mat means;        //!< [K,D]
    Mat logVariances; //!< [K,D], [K,1] or [1,1]
    Mat logPriors;    //!< K values
    //! [R,3,Q] or [R,1,Q], R = 1 or K, lines ascending with NaN at their ends; empty if there is
    //! none
    Mat calibration;
    std::vector<int> calibrationCounts; //!< [R]: numbers in each line of a table

    /** @brief Checks the inputs after `features`, in the order of the operator.

    @param inputs means, log_variances, log_priors and, if there is one, calibration
    @throws cv::Exception naming the input, what was expected and what was found
     */
    static Constants check(const std::vector<Mat>& inputs);
};

//! "[2,3]". Sizes are what MatSize of a Mat and MatShape of every version have in common: an index.
template <typename Sizes> String shapeString(const Sizes& sizes, int dims)
{
    String text = "[";
    for (int i = 0; i < dims; ++i)
        text += (i ? "," : "") + std::to_string(sizes[i]);
    return text + "]";
}

inline String shapeString(const Mat& m)
{
    return shapeString(m.size, m.dims);
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CONSTANTS_HPP
