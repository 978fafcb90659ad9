// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_COMMON_HPP
#define OPENCV_DNN_GM_TEST_COMMON_HPP

// What accuracy and performance tests share.

#include "opencv2/core/ocl.hpp"
#include "opencv2/core/utils/filesystem.hpp"

#include <fstream>
#include <functional>

namespace opencv_test
{

using namespace cv::dnn;
using namespace cv::dnn_gm;

CV_ENUM(BackendId, DNN_BACKEND_OPENCV, DNN_BACKEND_CUDA)
#if CV_VERSION_MAJOR > 4 || (CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR >= 8)
CV_ENUM(TargetId, DNN_TARGET_CPU, DNN_TARGET_CPU_FP16, DNN_TARGET_OPENCL, DNN_TARGET_OPENCL_FP16,
        DNN_TARGET_CUDA, DNN_TARGET_CUDA_FP16)
#else
CV_ENUM(TargetId, DNN_TARGET_CPU, DNN_TARGET_OPENCL, DNN_TARGET_OPENCL_FP16, DNN_TARGET_CUDA,
        DNN_TARGET_CUDA_FP16)
#endif

typedef tuple<BackendId, TargetId> Where;

inline Where onCPU()
{
    return Where(DNN_BACKEND_OPENCV, DNN_TARGET_CPU);
}

//! The targets of a backend that this OpenCV and this machine have.
inline std::vector<Where> everywhereOn(Backend backend)
{
    std::vector<Where> all;
    for (const Target target : getAvailableTargets(backend))
        all.push_back(Where(backend, target));
    return all;
}

//! Those of both backends that GMHead has.
inline std::vector<Where> everywhere()
{
    std::vector<Where> all = everywhereOn(DNN_BACKEND_OPENCV);
    const std::vector<Where> onCUDA = everywhereOn(DNN_BACKEND_CUDA);
    all.insert(all.end(), onCUDA.begin(), onCUDA.end());
    return all;
}

inline bool isAvailable(Backend backend, Target target)
{
    const std::vector<Target> targets = getAvailableTargets(backend);
    return std::find(targets.begin(), targets.end(), target) != targets.end();
}

//! Whether the module has CUDA kernels.
#ifdef DNN_GM_CUDA
const bool builtWithCUDA = true;
#else
const bool builtWithCUDA = false;
#endif

//! The target that GMHead runs on if it is asked for this: where it can, else on the CPU.
inline int whereItRuns(const Where& where)
{
    const int target = get<1>(where);
    const bool onOpenCL = target == DNN_TARGET_OPENCL || target == DNN_TARGET_OPENCL_FP16;
    const bool onCUDA = target == DNN_TARGET_CUDA || target == DNN_TARGET_CUDA_FP16;
    const bool there = isAvailable(Backend(int(get<0>(where))), Target(target));
    if (!there || !(onOpenCL || (onCUDA && builtWithCUDA)))
        return DNN_TARGET_CPU;
    // OpenCV offers half floats on every device, and takes float32 on those without.
    if (target == DNN_TARGET_OPENCL_FP16 &&
        !cv::ocl::Device::getDefault().isExtensionSupported("cl_khr_fp16"))
        return DNN_TARGET_OPENCL;
    return target;
}

//! Whether features and outputs are half floats there.
inline bool isHalf(const Where& where)
{
    const int target = whereItRuns(where);
    return target == DNN_TARGET_OPENCL_FP16 || target == DNN_TARGET_CUDA_FP16;
}

inline void setWhere(Net& net, const Where& where)
{
    net.setPreferableBackend(get<0>(where));
    net.setPreferableTarget(get<1>(where));
}

//! Whether `function` throws a cv::Exception with these parts in its message.
inline testing::AssertionResult refuses(const std::function<void()>& function,
                                        const std::string& part, const std::string& another = "")
{
    try
    {
        function();
    }
    catch (const cv::Exception& error)
    {
        for (const std::string& wanted : {part, another})
            if (error.err.find(wanted) == std::string::npos)
                return testing::AssertionFailure()
                       << "expected \"" << wanted << "\" in the message \"" << error.err << '"';
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "expected an exception that says \"" << part << '"';
}

//! A new empty folder that is removed with everything in it at the end of the scope.
class TemporaryFolder
{
public:
    TemporaryFolder() : path(cv::tempfile()) { CV_Assert(cv::utils::fs::createDirectory(path)); }
    ~TemporaryFolder() { cv::utils::fs::remove_all(path); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string file(const std::string& name) const { return cv::utils::fs::join(path, name); }

    //! The path of a file with these bytes.
    std::string write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream(file(name).c_str(), std::ios::binary) << bytes;
        return file(name);
    }

    const std::string path;
};

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_COMMON_HPP
