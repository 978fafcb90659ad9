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
    head.pitch = divUp(head.D, laneNumbers) * laneNumbers;
    const auto filledUp = [&](const Mat& values)
    {
        if (values.cols == head.pitch)
            return values;
        Mat wider = Mat::zeros(values.rows, head.pitch, CV_32F);
        values.copyTo(wider.colRange(0, values.cols));
        return wider;
    };
    head.means = static_cast<const float*>(upload(filledUp(parameters.means)));
    const Mat& scales = parameters.inverseDeviations;
    const Covariance form = covarianceOf(scales.rows, scales.cols);
    head.diagonal = isDiagonal(form);
    head.scaleStride = scaleStride(form, head.pitch);
    head.inverseDeviations =
        static_cast<const float*>(upload(head.diagonal ? filledUp(scales) : scales));
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

/** @brief What a product needs, but for the operands.

@param upload as above
 */
template <typename Upload>
DeviceProducts makeDeviceProducts(const MixtureParameters& parameters, const DeviceHead& head,
                                  Upload& upload)
{
    const Expansion expansion(parameters);
    DeviceProducts products = {};
    products.centre = static_cast<const float*>(upload(Mat(expansion.centre)));
    products.constants = static_cast<const float*>(upload(Mat(expansion.constants)));
    products.largestNorm = expansion.largestNorm;
    products.largestPrecision = expansion.largestPrecision;
    products.padded = divUp(head.D, operandStep) * operandStep;
    products.depth = products.padded * (head.diagonal ? 2 : 1);
    products.roundings = products.depth;
    if (head.bfloat16)
    {
        // Of a product of halves, 2^-8 each, three parts of 2^-16 are left out; and of sums of 16
        // products tensor cores cut off what does not fit.
        products.depth *= bfloat16Parts;
        products.roundings = 3 * (1 << 8) + 2 * products.depth / 16;
    }
    return products;
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_HEAD_CONSTANTS_HPP
