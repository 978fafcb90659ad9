// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

#ifdef HAVE_OPENCL

#include "covariance.hpp"
#include "opencl_head.hpp"
#include "opencl_kernels_dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

// As in gm_head.cl.
static const size_t tile = 16, rowThreads = 64;

OpenCLHead::OpenCLHead(const MixtureParameters& parameters)
{
    parameters.means.copyTo(means);
    parameters.inverseDeviations.copyTo(scales);
    Mat(parameters.logNormalisers).convertTo(logNormalisers, CV_32F);
    Mat(relativeOffsets(parameters)).copyTo(offsets);
    base = float(parameters.base);
    const Covariance form = covarianceOf(scales.rows, scales.cols);
    diagonal = isDiagonal(form);
    scaleStride = dnn_gm::scaleStride(form, means.cols);
    tables = lines = samples = 0;
    if (!parameters.calibration.empty())
    {
        const MatSize& sizes = parameters.calibration.size;
        tables = sizes[0];
        lines = sizes[1];
        samples = sizes[2];
        parameters.calibration.reshape(1, 1).copyTo(calibration);
        Mat(parameters.calibrationCounts).copyTo(calibrationCounts);
    }
}

bool OpenCLHead::run(const UMat& features, std::vector<UMat>& outputs)
{
    const int N = features.rows, K = means.rows, D = means.cols;
    const bool half = features.depth() != CV_32F;
    const String options = String(half ? "-DHALF " : "") + (diagonal ? "-DDIAGONAL" : "");
    ocl::Kernel joint("joint", ocl::dnn_gm::gm_head_oclsrc, options);
    ocl::Kernel finish("finish", ocl::dnn_gm::gm_head_oclsrc, options);
    if (joint.empty() || finish.empty())
        return false;

    // The memory of prob holds the logarithms first, if it can.
    UMat logJoint = outputs[0];
    if (half)
        logJoint = UMat(N, K, CV_32F);
    const auto in = [](const UMat& values) { return ocl::KernelArg::PtrReadOnly(values); };
    const auto out = [](const UMat& values) { return ocl::KernelArg::PtrWriteOnly(values); };

    joint.args(in(features), N, K, D, in(means), in(scales), scaleStride, in(offsets),
               out(logJoint));
    size_t jointItems[] = {alignSize(size_t(K), int(tile)), alignSize(size_t(N), int(tile))};
    size_t jointGroup[] = {tile, tile};
    if (!joint.run(2, jointItems, jointGroup, false))
        return false;

    // A buffer must be given where there is no calibration too; it is not read.
    const bool calibrated = tables > 0;
    finish.args(in(features), K, D, in(means), in(scales), scaleStride, in(logNormalisers), base,
                in(calibrated ? calibration : means),
                in(calibrated ? calibrationCounts : logNormalisers), tables, lines, samples,
                ocl::KernelArg::PtrReadWrite(logJoint), out(outputs[0]), out(outputs[1]),
                out(outputs[2]), out(outputs[3]), out(outputs[4]), out(outputs[5]));
    size_t rowItems[] = {size_t(N) * rowThreads};
    size_t rowGroup[] = {rowThreads};
    return finish.run(1, rowItems, rowGroup, false);
}

} // namespace dnn_gm
} // namespace cv

#endif // HAVE_OPENCL
