// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_GM_HEAD_HPP
#define OPENCV_DNN_GM_CUDA_GM_HEAD_HPP

#include "../mixture_math.hpp"

#include <cstddef>

struct CUstream_st;   // what cudaStream_t points to
struct cublasContext; // what cublasHandle_t points to

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

enum
{
    laneNumbers = 4,   //!< float32 numbers that a thread reads at once
    operandStep = 8,   //!< tensor cores read and write 16 bytes at a time
    bfloat16Parts = 3, //!< of an operand
    tileClasses = 16   //!< of which distances that are made one by one leave one log-sum
};

//! The constants of GMHead in device memory.
struct DeviceHead
{
    int K, D;
    int pitch;          //!< numbers from one mean to the next: a multiple of laneNumbers
    const float* means; //!< [K,pitch], 0 from D on
    const float* inverseDeviations; //!< exp(-log_variance / 2), of class k from k * scaleStride
    bool diagonal;                  //!< pitch of them for a class, 0 from D on, else one
    int scaleStride;                //!< pitch, 1, or 0 where all classes share them
    const float* logNormalisers;    //!< [K]
    const float* offsets;           //!< [K]: logNormaliser + logPrior - base
    double base;
    const float* calibration;     //!< [calibrationRows,lines,Q], lines ascending
    const int* calibrationCounts; //!< [calibrationRows], without the NaN at the end of lines
    int calibrationRows;          //!< 0, 1 or K
    int lines, Q;

    int multiprocessors; //!< of the device
    bool bfloat16;       //!< whether its matrix products take such numbers: takesBFloat16()
};

//! The upper half of a float32 number.
struct BFloat16
{
    unsigned short bits;
};

/** @brief What log p(x,k) is as a product: Expansion in device memory.

A row has `depth` numbers: [x', x'^2] of features or [P mu', -P / 2] of classes where each
coordinate has a variance of its own, else [x'] or [P mu']; each part is filled up with zeros to
`padded` numbers. As bfloat16 there are three of each, so that one product has the three that count
of those of upper and lower halves.
 */
struct DeviceProducts
{
    const float* centre;    //!< [D]
    const float* constants; //!< [K]: the part without x
    float largestNorm, largestPrecision;
    int roundings; //!< as productError() takes them
    int padded, depth;
    void* operands; //!< [jointPitch(K),depth], float or BFloat16, as packMeans() makes them
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
    float* joint;     //!< [N,jointPitch(K)]
    Leader* partials; //!< [N,partialCount(K)]; not read where products are taken, nor are
    void* features;   //!< [N,depth], float or BFloat16
    float* squares;   //!< [N]    these two where they are not
};

//! Numbers from one row of log p(x,k) to the next.
inline int jointPitch(int K)
{
    return divUp(K, operandStep) * operandStep;
}

//! Log-sums of a row.
inline int partialCount(int K)
{
    return divUp(K, tileClasses);
}

/** @brief Whether products of this head are to take bfloat16 numbers.

Not where each coordinate has a variance of its own: |x'|^2, large and the same for all classes, is
then among the terms, and two halves of 8 bits leave posteriors with errors above 1e-5 at ordinary
distances.
@param major of the device's compute capability: from 8 on it has such products
 */
inline bool takesBFloat16(const DeviceHead& head, int major)
{
    return major >= 8 && !head.diagonal;
}

//! Bytes of a number of the operands of a product.
inline size_t operandSize(const DeviceHead& head)
{
    return head.bfloat16 ? sizeof(BFloat16) : sizeof(float);
}

/** @brief Whether a product is faster than distances made one by one.

For up to 16 rows reading the constants takes all the time, and a product reads more of them. With
more rows the direct kernel is limited by arithmetic: 2 to 3 instructions a term on 128 lanes, some
50 terms a nanosecond on each multiprocessor. A product leaves little of that, but takes one launch
more and writes and reads what lies between: some 10 microseconds. Both are estimates, not measured.
 */
inline bool byProducts(const DeviceHead& head, int N)
{
    const double termsOfLaunches = 5e5; // for each multiprocessor
    return N > 16 && double(N) * head.K * head.D > termsOfLaunches * head.multiprocessors;
}

//! Puts on the stream what makes products.operands of the means.
void packMeans(const DeviceHead& head, const DeviceProducts& products, CUstream_st* stream);

/** @brief Puts all outputs of GMHead on the stream; nothing is copied to the host.

@tparam T float, or __half: inside float32, in and out saturated
@param products with operands, or NULL: distances are made one by one
@param features [N,D] in device memory
@param cublas of this stream
@throws cv::Exception if a launch is refused, or something on the device has failed before
 */
template <typename T>
void gmHead(const DeviceHead& head, const DeviceProducts* products, const Element<T>* features,
            int N, const Outputs<T>& outputs, const Workspace& workspace, CUstream_st* stream,
            cublasContext* cublas);

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_GM_HEAD_HPP
