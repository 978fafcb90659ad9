// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_CUBLAS_PRODUCT_HPP
#define OPENCV_DNN_GM_CUDA_CUBLAS_PRODUCT_HPP

#include "gm_head.hpp"

#include <cublas_v2.h>

#include <string>

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

inline cudaDataType_t cublasType(const float*)
{
    return CUDA_R_32F;
}
inline cudaDataType_t cublasType(const BFloat16*)
{
    return CUDA_R_16BF;
}

//! Puts products on the stream of a handle.
struct CublasProduct
{
    cublasHandle_t handle;
    void (*fail)(const std::string& message); //!< throws

    //! out[n,k] = features[n].means[k], sums in float32
    template <typename Operand>
    void operator()(const Operand* means, const Operand* features, int K, int N, int depth,
                    float* out) const
    {
        const float one = 1, zero = 0;
        const cudaDataType_t type = cublasType(means);
        // To cuBLAS, whose matrices are stored by columns, each of these is a transposed one.
        const cublasStatus_t status = cublasGemmEx(
            handle, CUBLAS_OP_T, CUBLAS_OP_N, K, N, depth, &one, means, type, depth, features, type,
            depth, &zero, out, CUDA_R_32F, K, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
        if (status != CUBLAS_STATUS_SUCCESS)
            fail("cuBLAS refused a product of " + std::to_string(N) + " by " + std::to_string(K) +
                 " numbers of depth " + std::to_string(depth) + ": " +
                 cublasGetStatusString(status));
    }
};

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_CUBLAS_PRODUCT_HPP
