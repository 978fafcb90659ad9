// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_GM_HEAD_LAYER_HPP
#define OPENCV_DNN_GM_GM_HEAD_LAYER_HPP

#include "opencv2/dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

//! What the module asks of its layer beyond the public interface.
class FeatureKeepingLayer : public GMHeadLayer
{
public:
    //! Whether forward passes on the CPU copy their features.
    bool keepsFeatures = false;
    Mat keptFeatures; //!< [N,D], of the last such pass
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_GM_HEAD_LAYER_HPP
