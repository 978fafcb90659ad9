// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_HEAD_CONSTANTS_HPP
#define OPENCV_DNN_GM_CUDA_HEAD_CONSTANTS_HPP

#include "../covariance.hpp"
#include "../cpu_head.hpp"
#include "gm_head.hpp"

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

/** @brief The constants as the kernels want them.

@param parameters of the mixture
@param upload called as upload(mat) with continuous matrices of float or int; returns a pointer to
    the same values for the kernels
 */
template <typename Upload>
DeviceHead makeDeviceHead(const MixtureParameters& parameters, Upload& upload)
{
    Mat logNormalisers;
    Mat(parameters.logNormalisers).convertTo(logNormalisers, CV_32F);

    DeviceHead head = {};
    head.K = parameters.classes();
    head.D = parameters.dims();
    head.means = static_cast<const float*>(upload(parameters.means));
    const Mat& scales = parameters.inverseDeviations;
    head.inverseDeviations = static_cast<const float*>(upload(scales));
    const Covariance form = covarianceOf(scales.rows, scales.cols);
    head.diagonal = isDiagonal(form);
    head.scaleStride = scaleStride(form, head.D);
    head.logNormalisers = static_cast<const float*>(upload(logNormalisers));
    head.offsets = static_cast<const float*>(upload(Mat(relativeOffsets(parameters))));
    head.base = parameters.base;
    if (!parameters.calibration.empty())
    {
        head.calibration = static_cast<const float*>(upload(parameters.calibration));
        head.calibrationCounts = static_cast<const int*>(upload(Mat(parameters.calibrationCounts)));
        head.calibrationRows = parameters.calibration.size[0];
        head.lines = parameters.calibration.size[1];
        head.Q = parameters.calibration.size[2];
    }
    return head;
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_HEAD_CONSTANTS_HPP
