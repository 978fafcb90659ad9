// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PICTURE_HEADER_HPP
#define OPENCV_DNN_GM_PICTURE_HEADER_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

//! What the header of a picture's file says, and whether the file goes on to its end. OpenCV has no
//! function that reads headers alone.
struct PictureHeader
{
    uint64 width, height; //!< 0 where the format is not one of those that are looked at
    const char* cutShort; //!< the name of the format if the file is cut short, otherwise NULL

    explicit PictureHeader(const std::vector<uchar>& file);
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_PICTURE_HEADER_HPP
