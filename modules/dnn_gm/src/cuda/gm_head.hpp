// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_GM_HEAD_HPP
#define OPENCV_DNN_GM_CUDA_GM_HEAD_HPP

#include "../mixture_math.hpp"

#include <cstddef>

struct CUstream_st; // what cudaStream_t points to

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

//! The constants of GMHead in device memory.
struct DeviceHead
{
    int K, D;
    const float* means;             //!< [K,D]
    const float* inverseDeviations; //!< exp(-log_variance / 2), of class k from k * scaleStride
    bool diagonal;                  //!< D of them for a class, else one
    int scaleStride;                //!< D, 1, or 0 where all classes share them
    const float* logNormalisers;    //!< [K]
    const float* offsets;           //!< [K]: logNormaliser + logPrior - base
    double base;
    const float* calibration;     //!< [calibrationRows,lines,Q], lines ascending
    const int* calibrationCounts; //!< [calibrationRows], without the NaN at the end of lines
    int calibrationRows;          //!< 0, 1 or K
    int lines, Q;

    int multiprocessors; //!< of the device
};

//! A value of type T in device memory, read as float32 and written saturated.
template <typename T> struct Element;

template <> struct Element<float>
{
    DNN_GM_HOST_DEVICE explicit Element(float value_) : value(value_) {}
    DNN_GM_HOST_DEVICE operator float() const { return value; }

    float value;
};

//! The outputs of GMHead in device memory, in its order.
template <typename T> struct Outputs
{
    Element<T>* prob;          //!< [N,K]
    Element<T>* logLikelihood; //!< [N], and so are the others
    Element<T>* logDensity;
    Element<T>* distance;
    Element<T>* pValue;
    Element<T>* predicted;
};

//! Scratch memory on the device.
struct Workspace
{
    float* joint;     //!< [N,K]; may be the memory of prob where T is float
    Leader* partials; //!< [N, partialsPerRow()]
};

//! Log-sums that the first launch leaves for each row.
size_t partialsPerRow(const DeviceHead& head, int N);

/** @brief Puts all outputs of GMHead on the stream: two launches, nothing copied to the host.

@tparam T float, or __half: inside float32, in and out saturated
@param features [N,D] in device memory
@throws cv::Exception if a launch is refused, or something on the device has failed before
 */
template <typename T>
void gmHead(const DeviceHead& head, const Element<T>* features, int N, const Outputs<T>& outputs,
            const Workspace& workspace, CUstream_st* stream);

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_GM_HEAD_HPP
