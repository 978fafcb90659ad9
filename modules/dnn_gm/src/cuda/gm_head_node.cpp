// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "../precomp.hpp"

#ifdef DNN_GM_CUDA

#include "gm_head_node.hpp"
#include "head_constants.hpp"

#include "op_cuda.hpp" // of opencv_dnn's sources

namespace cv
{
namespace dnn_gm
{
namespace cuda
{

namespace csl = dnn::cuda4dnn::csl;

class HeadOnDevice
{
public:
    explicit HeadOnDevice(const MixtureParameters& parameters)
    {
        head = makeDeviceHead(parameters, *this);
        int device = 0;
        CUDA4DNN_CHECK_CUDA(cudaGetDevice(&device));
        CUDA4DNN_CHECK_CUDA(
            cudaDeviceGetAttribute(&head.multiprocessors, cudaDevAttrMultiProcessorCount, device));
        // The copies are on another stream than the layer's.
        CUDA4DNN_CHECK_CUDA(cudaDeviceSynchronize());
    }

    //! As makeDeviceHead() calls it.
    const void* operator()(const Mat& values)
    {
        const size_t bytes = values.total() * values.elemSize();
        memory.push_back(csl::ManagedPtr<unsigned char>(bytes));
        csl::memcpy(memory.back().get(), values.data, bytes);
        return memory.back().get().get();
    }

    DeviceHead head;

private:
    std::vector<csl::ManagedPtr<unsigned char>> memory;
};

Ptr<HeadOnDevice> uploadHead(const MixtureParameters& parameters)
{
    return makePtr<HeadOnDevice>(parameters);
}

namespace
{

//! T is float or half.
template <typename T> class GMHeadNode CV_FINAL : public dnn::CUDABackendNode
{
public:
    GMHeadNode(const Ptr<HeadOnDevice>& constants_, const csl::Stream& stream_, int rows)
        : constants(constants_), stream(stream_)
    {
        csl::WorkspaceBuilder builder;
        if (!inPlace())
            builder.require<float>(size_t(rows) * constants->head.K);
        builder.require<Leader>(size_t(rows) * partialsPerRow(constants->head, rows));
        workspaceBytes = builder.required_workspace_size();
    }

    void forward(const std::vector<Ptr<dnn::BackendWrapper>>& inputs,
                 const std::vector<Ptr<dnn::BackendWrapper>>& outputs,
                 csl::Workspace& memory) CV_OVERRIDE
    {
        CV_Assert(inputs.size() == 1 && outputs.size() == 6);
        typedef dnn::GetCUDABackendWrapperType<T> Wrapper;
        const auto input = inputs[0].dynamicCast<Wrapper>();
        CV_Assert(input);
        const auto features = input->getView();
        const int rows = int(features.get_axis_size(0));
        Elem* out[6];
        for (int i = 0; i < 6; ++i)
        {
            const auto output = outputs[i].dynamicCast<Wrapper>();
            CV_Assert(output);
            out[i] = reinterpret_cast<Elem*>(output->getSpan().get().get());
        }
        const Outputs<T> results = {out[0], out[1], out[2], out[3], out[4], out[5]};

        csl::WorkspaceAllocator allocator(memory);
        Workspace workspace;
        workspace.joint =
            inPlace() ? reinterpret_cast<float*>(out[0])
                      : allocator.get_span<float>(size_t(rows) * constants->head.K).data().get();
        workspace.partials =
            allocator.get_span<Leader>(size_t(rows) * partialsPerRow(constants->head, rows))
                .data()
                .get();
        gmHead<T>(constants->head, reinterpret_cast<const Elem*>(features.get().get()), rows,
                  results, workspace, stream.get());
    }

    std::size_t get_workspace_memory_in_bytes() const noexcept CV_OVERRIDE
    {
        return workspaceBytes;
    }

private:
    typedef Element<T> Elem;

    //! Whether the memory of `prob` can hold the logarithms first.
    static bool inPlace() { return sizeof(T) == sizeof(float); }

    Ptr<HeadOnDevice> constants;
    csl::Stream stream;
    size_t workspaceBytes;
};

} // namespace

Ptr<dnn::BackendNode> makeGMHeadNode(const Ptr<HeadOnDevice>& head, int target, void* context,
                                     const std::vector<Ptr<dnn::BackendWrapper>>& inputs)
{
    const Ptr<dnn::CUDABackendWrapper> features =
        inputs.at(0).dynamicCast<dnn::CUDABackendWrapper>();
    CV_Assert(features);
    const csl::Stream& stream = static_cast<csl::CSLContext*>(context)->stream;
    return dnn::make_cuda_node<GMHeadNode>(target, head, stream, features->getShape()[0]);
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // DNN_GM_CUDA
