// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "unlike_calibration.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

//! "12 to 15", or "12" where all are alike.
String rangeString(double least, double largest)
{
    return least == largest ? format("%g", least) : format("%g to %g", least, largest);
}

//! How a number is outside of a range by a factor of two, in words; empty if it is not.
String beyondTwice(const char* what, double value, double least, double largest)
{
    if (value >= least / 2 && value <= largest * 2)
        return String();
    return format("%s %g where the calibration's are ", what, value) + rangeString(least, largest);
}

} // namespace

String unlikeCalibration(const GMHeadLayer& head, const Mat& given, const Mat& prepared)
{
    String said;
    const std::vector<int>&heights = head.pictureHeights, &widths = head.pictureWidths;
    if (!heights.empty())
        said = beyondTwice("its height is", given.rows, heights[0], heights[1]);
    if (said.empty() && !widths.empty())
        said = beyondTwice("its width is", given.cols, widths[0], widths[1]);
    Scalar mean, deviation;
    meanStdDev(prepared.reshape(1), mean, deviation);
    const std::vector<float>&means = head.pixelMeans, &deviations = head.pixelDeviations;
    if (said.empty() && !deviations.empty())
    {
        double least, largest;
        minMaxLoc(prepared.reshape(1), &least, &largest);
        said = beyondTwice("the standard deviation of its pixels is", deviation[0], deviations[0],
                           deviations[1]);
        if (!said.empty() && largest <= 1 && largest > 0)
            said = format("its pixels lie between %g and %g, the model takes 0 to 255", least,
                          largest);
    }
    if (said.empty() && !means.empty() &&
        (mean[0] < means[0] / 2 || 255 - mean[0] < (255 - means[1]) / 2))
        said = format("the mean of its pixels is %g where the calibration's are ", mean[0]) +
               rangeString(means[0], means[1]);
    return said;
}

} // namespace dnn_gm
} // namespace cv
