// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PREPARE_BLOB_HPP
#define OPENCV_DNN_GM_PREPARE_BLOB_HPP

#include "opencv2/dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

/** @brief An image as a network takes it, CV_32F on the scale of 0 to 255.

@param index of the image in its batch, which an error names
@throws cv::Exception as prepareImage()
 */
inline Mat prepareFloat(const Mat& image, size_t index, const ImagePreparation& how)
{
    Mat prepared;
    try
    {
        prepareImage(image, prepared, how);
    }
    catch (const cv::Exception& error)
    {
        String said = error.err;
        if (said.compare(0, 9, "the image") == 0)
            said = format("image %d", int(index)) + said.substr(9);
        CV_Error(error.code, "OpenSetClassifier: " + said);
    }
    prepared.convertTo(prepared, CV_32F);
    return prepared;
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_PREPARE_BLOB_HPP
