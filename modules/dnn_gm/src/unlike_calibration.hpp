// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_UNLIKE_CALIBRATION_HPP
#define OPENCV_DNN_GM_UNLIKE_CALIBRATION_HPP

#include "opencv2/dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

/** @brief Says how a picture is unlike all those of the calibration, by a factor of two or more.

@param head that knows the ranges of the calibration's pictures
@param given the picture as it came
@param prepared the same as the network takes it, CV_32F
@returns a phrase; empty if there is nothing to say
 */
String unlikeCalibration(const GMHeadLayer& head, const Mat& given, const Mat& prepared);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_UNLIKE_CALIBRATION_HPP
