// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "gm_head.hpp"

#include "opencv2/core.hpp"

#include <cuda_fp16.h>
#include <cuda_runtime.h>

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

template <> struct Element<__half>
{
    __device__ explicit Element(float number)
        : value(__float2half(fminf(fmaxf(number, -65504.f), 65504.f)))
    {
    }
    __device__ operator float() const { return __half2float(value); }

    __half value;
};

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#include "gm_head_kernels.hpp"

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

namespace
{

struct StreamLaunch
{
    cudaStream_t stream;

    template <typename... Parameters, typename... Arguments>
    void operator()(void (*kernel)(Parameters...), unsigned blocks, unsigned threads,
                    Arguments... arguments) const
    {
        kernel<<<blocks, threads, 0, stream>>>(arguments...);
        const cudaError_t error = cudaGetLastError();
        if (error != cudaSuccess)
            CV_Error(Error::GpuApiCallError,
                     format("GMHead: CUDA refused a launch of %u blocks: %s", blocks,
                            cudaGetErrorString(error)));
    }
};

} // namespace

// With fewer tiles the kernel would leave most of a GPU idle, or most of a tile empty.
static bool fillsTiles(int N, int K)
{
    return N > tileSide / 2 && divUp(N, tileSide) * (long long)divUp(K, tileSide) >= 128;
}

size_t partialsPerRow(int N, int K)
{
    return size_t(partialCount(K, fillsTiles(N, K)));
}

template <typename T>
void gmHead(const DeviceHead& head, const Element<T>* features, int N, const Outputs<T>& outputs,
            const Workspace& workspace, CUstream_st* stream)
{
    const StreamLaunch launch = {stream};
    runGMHead<T>(launch, head, features, N, outputs, workspace, fillsTiles(N, head.K));
}

template void gmHead<float>(const DeviceHead&, const Element<float>*, int, const Outputs<float>&,
                            const Workspace&, CUstream_st*);
template void gmHead<__half>(const DeviceHead&, const Element<__half>*, int, const Outputs<__half>&,
                             const Workspace&, CUstream_st*);

} // namespace cuda
} // namespace dnn_gm
} // namespace cv
