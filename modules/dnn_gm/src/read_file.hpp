// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_READ_FILE_HPP
#define OPENCV_DNN_GM_READ_FILE_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

//! Why a file is not to be opened; empty if it may be. A pipe would be waited for, and a device may
//! have no end.
String whyUnreadable(const String& path);

//! @throws cv::Exception naming the file and why it cannot be read
std::vector<uchar> readModel(const String& path);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_READ_FILE_HPP
