// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CUDA_STREAM_LAUNCH_HPP
#define OPENCV_DNN_GM_CUDA_STREAM_LAUNCH_HPP

#include <cuda_runtime.h>

#include <climits>
#include <string>

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

//! Puts kernels on a stream.
struct StreamLaunch
{
    cudaStream_t stream;
    void (*fail)(const std::string& message); //!< throws

    template <typename... Parameters, typename... Arguments>
    void operator()(void (*kernel)(Parameters...), long long blocks, unsigned threads,
                    Arguments... arguments) const
    {
        // Left by something else, it would be taken for this launch's.
        const cudaError_t earlier = cudaGetLastError();
        if (earlier != cudaSuccess && earlier != cudaErrorNotReady) // the answer to a question
            fail(std::string("an earlier CUDA operation has failed: ") +
                 cudaGetErrorString(earlier));
        if (blocks < 1 || blocks > INT_MAX)
            fail("a grid has from 1 to 2147483647 blocks, needed are " + std::to_string(blocks));
        kernel<<<unsigned(blocks), threads, 0, stream>>>(arguments...);
        const cudaError_t error = cudaGetLastError();
        if (error != cudaSuccess)
            fail("CUDA refused a launch of " + std::to_string(blocks) +
                 " blocks: " + cudaGetErrorString(error));
    }
};

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CUDA_STREAM_LAUNCH_HPP
