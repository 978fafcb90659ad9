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

//! The first line of what OpenCV says, which may be many, each after "> ".
String firstLine(const String& said);

//! @throws cv::Exception naming the file and why it cannot be read
std::vector<uchar> readModel(const String& path);

//! What a look at an ONNX file tells that cv::dnn::Net does not.
struct OnnxFile
{
    std::vector<String> graphOutputs;
    std::vector<std::vector<String>> headOutputs; //!< of each node GMHead
    uint64 opset;           //!< version of ONNX's own operators; 0 if it is not said
    uint64 imageChannels;   //!< of the graph's input [N,C,H,W]; 0 if it is not said
    String externalWeights; //!< a tensor whose values are in another file; empty if there is none

    /** @brief Looks through the bytes of a file.

    @throws cv::Exception if they are not an ONNX model
     */
    static OnnxFile look(const std::vector<uchar>& bytes);

    //! Names of the head's outputs that the graph has: all, or all but the class.
    std::vector<String> outputs() const;

    /** @brief The graph's outputs must be those of its one head: another node's may have their
    names and any shape.

    @throws cv::Exception if they are not, or if weights are in another file
     */
    void check() const;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_ONNX_FILE_HPP
