// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_GM_HEAD_ATTRIBUTES_HPP
#define OPENCV_DNN_GM_GM_HEAD_ATTRIBUTES_HPP

#include "opencv2/dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

/** @brief Fills the attributes of a layer from a node's.

@throws cv::Exception naming the attribute and what was expected
 */
void readAttributes(const dnn::LayerParams& params, GMHeadLayer& layer);

//! cv::Exception if there are labels, but not one for each of K classes.
void checkLabelCount(const GMHeadLayer& layer, int K);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_GM_HEAD_ATTRIBUTES_HPP
