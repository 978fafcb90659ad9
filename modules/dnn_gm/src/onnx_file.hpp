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

//! The outputs of GMHead, in its order.
enum HeadOutput
{
    probOutput,
    logLikelihoodOutput,
    logDensityOutput,
    distanceOutput,
    pValueOutput,
    classOutput,
    outputCount
};
extern const char* const outputNames[outputCount];

//! @throws cv::Exception always, with what OpenSetClassifier has to say
void refuse(const String& what);

//! What a look at an ONNX file tells that cv::dnn::Net does not.
struct OnnxFile
{
    std::vector<String> graphOutputs;
    std::vector<std::vector<String>> headOutputs; //!< of each node GMHead
    uint64 opset;         //!< version of ONNX's own operators; 0 if it is not said
    uint64 imageChannels; //!< of the graph's input [N,C,H,W]; 0 if it is not said

    /** @brief Looks through the bytes of a file, for OpenCV trusts what is written there.

    @throws cv::Exception if they are not an ONNX model; if weights are in another file, or not as
    many as their sizes say; if OpenCV would divide by zero; if the graph's input is enormous
     */
    static OnnxFile look(const std::vector<uchar>& bytes);

    //! Names of the head's outputs that the graph has: all, or all but the class.
    std::vector<String> outputs() const;

    /** @brief The graph's outputs must be those of its one head: another node's may have their
    names and any shape.

    @throws cv::Exception if they are not
     */
    void check() const;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_ONNX_FILE_HPP
