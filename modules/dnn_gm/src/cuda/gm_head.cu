// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "gm_head.hpp"

#include "opencv2/core.hpp"

#include "half_element.hpp"

#include "cublas_product.hpp"
#include "gm_head_kernels.hpp"
#include "stream_launch.hpp"

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

namespace
{

void fail(const std::string& message)
{
    CV_Error(Error::GpuApiCallError, "GMHead: " + message);
}

} // namespace

void packMeans(const DeviceHead& head, const DeviceProducts& products, CUstream_st* stream)
{
    packMeans(StreamLaunch{stream, fail}, head, products);
}

template <typename T>
void gmHead(const DeviceHead& head, const DeviceProducts* products, const Element<T>* features,
            int N, const Outputs<T>& outputs, const Workspace& workspace, CUstream_st* stream,
            cublasContext* cublas)
{
    runGMHead<T>(StreamLaunch{stream, fail}, CublasProduct{cublas, fail}, head, products, features,
                 N, outputs, workspace);
}

template void gmHead<float>(const DeviceHead&, const DeviceProducts*, const Element<float>*, int,
                            const Outputs<float>&, const Workspace&, CUstream_st*, cublasContext*);
template void gmHead<__half>(const DeviceHead&, const DeviceProducts*, const Element<__half>*, int,
                             const Outputs<__half>&, const Workspace&, CUstream_st*,
                             cublasContext*);

} // namespace cuda
} // namespace dnn_gm
} // namespace cv
