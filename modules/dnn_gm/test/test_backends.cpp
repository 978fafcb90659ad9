// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_run_head.hpp"

namespace opencv_test
{
namespace
{

// Which backends there are, and what happens where one is not. Accuracy is tested on all of them.

bool hasGPU()
{
    return isAvailable(DNN_BACKEND_CUDA, DNN_TARGET_CUDA);
}

bool demanded(const char* variable)
{
    return std::getenv(variable) != nullptr;
}

TEST(DNN_GM_Backends, opencl_is_there_where_it_is_demanded)
{
    const bool there = isAvailable(DNN_BACKEND_OPENCV, DNN_TARGET_OPENCL);
    std::cout << "OpenCL: " << (there ? ocl::Device::getDefault().name() : String("no device"))
              << std::endl;
    EXPECT_TRUE(there || !demanded("GM_EXPECT_OPENCL"));
}

TEST(DNN_GM_Backends, cuda_is_offered_where_the_module_was_built_with_it)
{
    const HeadCase head = makeCase(1, 3, 2, Covariance::SHARED, Calibration::NONE);
    const Ptr<GMHeadLayer> withBlobs = GMHeadLayer::create(paramsWith(head.constants));
    const Ptr<GMHeadLayer> without = GMHeadLayer::create(paramsWith(std::vector<Mat>()));
    const bool offered = withBlobs->supportBackend(DNN_BACKEND_CUDA);
    std::cout << "dnn_gm " << (offered ? "has" : "has not") << " the CUDA backend, a GPU "
              << (hasGPU() ? "is" : "is not") << " there" << std::endl;
    EXPECT_EQ(builtWithCUDA, offered);
    EXPECT_FALSE(without->supportBackend(DNN_BACKEND_CUDA));
    EXPECT_TRUE(withBlobs->supportBackend(DNN_BACKEND_OPENCV));
    EXPECT_TRUE((offered && hasGPU()) || !demanded("GM_EXPECT_CUDA"));
}

// As far as one gets without a GPU: the constants are put on the device first, and there CUDA
// itself refuses. With one the accuracy is the proof.
TEST(DNN_GM_Backends, a_cuda_node_is_made_or_the_missing_gpu_is_named)
{
    if (!builtWithCUDA || hasGPU())
        throw SkipTestException("needs a module with CUDA and no GPU");
    const HeadCase head = makeCase(1, 3, 2, Covariance::SHARED, Calibration::NONE);
    const Ptr<GMHeadLayer> layer = GMHeadLayer::create(paramsWith(head.constants));
    const std::vector<Ptr<BackendWrapper>> none;
    EXPECT_TRUE(refuses([&] { layer->initCUDA(nullptr, none, none); }, "CUDA"));
}

TEST(DNN_GM_Backends, a_net_for_cuda_without_a_gpu)
{
    if (hasGPU())
        throw SkipTestException("there is a GPU");
    const HeadCase head = makeCase(5, 7, 33, Covariance::DIAGONAL, Calibration::SHARED);
    const Where onCUDA(DNN_BACKEND_CUDA, DNN_TARGET_CUDA);
    if (builtWithCUDA || CV_VERSION_MAJOR >= 5)
        EXPECT_TRUE(refuses([&] { run(head, onCUDA); }, "CUDA")); // OpenCV wants a device
    else
        checkEqual(run(head, onCUDA), run(head)); // OpenCV 4 turns to the CPU
}

} // namespace
} // namespace opencv_test
