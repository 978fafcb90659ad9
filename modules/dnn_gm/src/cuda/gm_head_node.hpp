// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_GM_HEAD_NODE_HPP
#define OPENCV_DNN_GM_CUDA_GM_HEAD_NODE_HPP

#include "../cpu_head.hpp"

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

//! The constants of GMHead in the memory of the current device.
class HeadOnDevice;

//! @throws cv::Exception where the device has too little memory
Ptr<HeadOnDevice> uploadHead(const MixtureParameters& parameters);

/** @brief The node of the CUDA backend that computes GMHead.

@param head constants that stay on the device while the node lives
@param parameters those that were uploaded
@param target DNN_TARGET_CUDA or DNN_TARGET_CUDA_FP16
@param context,inputs what Layer::initCUDA() was given
 */
Ptr<dnn::BackendNode> makeGMHeadNode(const Ptr<HeadOnDevice>& head,
                                     const MixtureParameters& parameters, int target, void* context,
                                     const std::vector<Ptr<dnn::BackendWrapper>>& inputs);

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_GM_HEAD_NODE_HPP
