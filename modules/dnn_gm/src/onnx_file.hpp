// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_ONNX_FILE_HPP
#define OPENCV_DNN_GM_ONNX_FILE_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

//! What a look at an ONNX file tells that cv::dnn::Net does not.
struct OnnxFile
{
    std::vector<String> graphOutputs;
    std::vector<std::vector<String>> headOutputs; //!< of each node GMHead
    uint64 opset;           //!< version of ONNX's own operators; 0 if it is not said
    String externalWeights; //!< a tensor whose values are in another file; empty if there is none

    /** @brief Looks through the bytes of a file.

    @throws cv::Exception if they are not an ONNX model
     */
    static OnnxFile look(const std::vector<uchar>& bytes);
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_ONNX_FILE_HPP
