// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "gm_head.hpp"

#include "opencv2/core.hpp"

#include "half_element.hpp"

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

size_t partialsPerRow(const DeviceHead& head, int N)
{
    return size_t(partialCount(head.K, fillsTiles(N, head.K, head.multiprocessors)));
}

template <typename T>
void gmHead(const DeviceHead& head, const Element<T>* features, int N, const Outputs<T>& outputs,
            const Workspace& workspace, CUstream_st* stream)
{
    const StreamLaunch launch = {stream, fail};
    runGMHead<T>(launch, head, features, N, outputs, workspace,
                 fillsTiles(N, head.K, head.multiprocessors));
}

template void gmHead<float>(const DeviceHead&, const Element<float>*, int, const Outputs<float>&,
                            const Workspace&, CUstream_st*);
template void gmHead<__half>(const DeviceHead&, const Element<__half>*, int, const Outputs<__half>&,
                             const Workspace&, CUstream_st*);

} // namespace cuda
} // namespace dnn_gm
} // namespace cv
