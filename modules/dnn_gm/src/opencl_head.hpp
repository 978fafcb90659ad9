// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_OPENCL_HEAD_HPP
#define OPENCV_DNN_GM_OPENCL_HEAD_HPP

#include "cpu_head.hpp"

namespace cv
{
namespace dnn_gm
{

/** @brief GMHead on the current OpenCL device. */
class OpenCLHead
{
public:
    explicit OpenCLHead(const MixtureParameters& parameters);

    /** @brief Computes all outputs; false where the kernels cannot be built or run.

    @param features [N,D] of CV_32F or half floats
    @param outputs six of the same depth, allocated
     */
    bool run(const UMat& features, std::vector<UMat>& outputs);

private:
    UMat means, scales, logNormalisers, offsets, calibration, calibrationCounts;
    int scaleStride;
    int tables, lines, samples; //!< sizes of the calibration; 0 where there is none
    bool diagonal;
    float base;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_OPENCL_HEAD_HPP
