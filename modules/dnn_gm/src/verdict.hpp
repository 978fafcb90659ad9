// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_VERDICT_HPP
#define OPENCV_DNN_GM_VERDICT_HPP

#include "opencv2/dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

/** @brief What row n of the outputs of GMHead says, but for `accepted`.

@param outputs in the head's order; the last, `class`, may be missing
@param labels of the classes, or none
 */
Verdict verdictOf(const std::vector<Mat>& outputs, int n, const std::vector<String>& labels);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_VERDICT_HPP
