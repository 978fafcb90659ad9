// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

#include "opencv2/imgcodecs.hpp"

namespace cv
{
namespace dnn_gm
{

Mat readImage(const String& file)
{
    const Mat image = imread(file, IMREAD_COLOR);
    if (image.empty())
        CV_Error(Error::StsError, file + ": expected an image that OpenCV reads");
    return image;
}

} // namespace dnn_gm
} // namespace cv
