// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_DNN_ENGINE_HPP
#define OPENCV_DNN_GM_DNN_ENGINE_HPP

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

//! A network that was read from ONNX, and what differs between the engines of cv::dnn. OpenCV 4 has
//! the classic engine, OpenCV 5.0 this and a new one, later versions the new one. It has constants
//! as inputs of layers, and in 5.0 computes on the CPU only.
class EngineNet
{
public:
    /** @brief Reads a network.

    @param engine one of cv::dnn::EngineType, or 0 for what suits the target
    @throws cv::Exception of OpenCV's importer
     */
    EngineNet(const std::vector<uchar>& onnx, int engine, int backendId, int targetId);

    //! The head, its constants known; @throws cv::Exception if there is none, or if they are not
    //! constants
    Ptr<GMHeadLayer> findHead() const;

    void setInput(const Mat& images) { net.setInput(images); }

    //! Values of these outputs of the graph, in this order.
    //! @param all the names of all the graph's outputs
    void forward(std::vector<Mat>& values, const std::vector<String>& names,
                 const std::vector<String>& all);

    //! What the network makes of its input before the head.
    Mat forwardFeatures(const Ptr<GMHeadLayer>& head);

private:
    bool isNew() const;

    dnn::Net net;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_DNN_ENGINE_HPP
