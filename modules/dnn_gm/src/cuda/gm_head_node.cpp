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
        head.multiprocessors = attribute(cudaDevAttrMultiProcessorCount);
        head.bfloat16 = takesBFloat16(head, attribute(cudaDevAttrComputeCapabilityMajor));
        // The copies are on another stream than the layer's.
        CUDA4DNN_CHECK_CUDA(cudaDeviceSynchronize());
    }

    //! Makes what products need, for the first batch that is large enough.
    //! @returns NULL where the device has too little memory for it
    const DeviceProducts* makeProducts(const MixtureParameters& parameters,
                                       const csl::Stream& stream)
    {
        if (products.operands)
            return &products;
        DeviceProducts made;
        const size_t before = memory.size();
        try
        {
            made = makeDeviceProducts(parameters, head, *this);
            made.operands = allocate(size_t(jointPitch(head.K)) * made.depth * operandSize(head));
        }
        catch (const cv::Exception&)
        {
            memory.erase(memory.begin() + before, memory.end());
            // This forgets the error, too, which the next launch would take for its own.
            if (cudaGetLastError() != cudaErrorMemoryAllocation)
                throw;
            return nullptr;
        }
        CUDA4DNN_CHECK_CUDA(cudaDeviceSynchronize());
        packMeans(head, made, stream.get());
        products = made;
        return &products;
    }

    //! As makeDeviceHead() calls it.
    const void* operator()(const Mat& values)
    {
        unsigned char* const there = allocate(values.total() * values.elemSize());
        csl::memcpy(memory.back().get(), values.data, values.total() * values.elemSize());
        return there;
    }

    DeviceHead head;

private:
    static int attribute(cudaDeviceAttr which)
    {
        int device = 0, value = 0;
        CUDA4DNN_CHECK_CUDA(cudaGetDevice(&device));
        CUDA4DNN_CHECK_CUDA(cudaDeviceGetAttribute(&value, which, device));
        return value;
    }

    unsigned char* allocate(size_t bytes)
    {
        memory.push_back(csl::ManagedPtr<unsigned char>(bytes));
        return memory.back().get().get();
    }

    std::vector<csl::ManagedPtr<unsigned char>> memory;
    DeviceProducts products = {};
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
    //! @param products_ that the constants have, or NULL: distances are made one by one
    GMHeadNode(const Ptr<HeadOnDevice>& constants_, const DeviceProducts* products_,
               const csl::CSLContext& context, int rows)
        : constants(constants_), products(products_), stream(context.stream),
          cublas(context.cublas_handle)
    {
        const DeviceHead& head = constants->head;
        csl::WorkspaceBuilder builder;
        builder.require<float>(size_t(rows) * jointPitch(head.K));
        if (products)
        {
            builder.require(size_t(rows) * products->depth * operandSize(head));
            builder.require<float>(rows);
        }
        else
            builder.require<Leader>(size_t(rows) * partialCount(head.K));
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

        const DeviceHead& head = constants->head;
        csl::WorkspaceAllocator allocator(memory);
        Workspace workspace = {};
        workspace.joint = scratch<float>(allocator, size_t(rows) * jointPitch(head.K));
        if (products)
        {
            workspace.features =
                scratch<std::int8_t>(allocator, size_t(rows) * products->depth * operandSize(head));
            workspace.squares = scratch<float>(allocator, rows);
        }
        else
            workspace.partials = scratch<Leader>(allocator, size_t(rows) * partialCount(head.K));
        gmHead<T>(head, products, reinterpret_cast<const Elem*>(features.get().get()), rows,
                  results, workspace, stream.get(), cublas.get());
    }

    std::size_t get_workspace_memory_in_bytes() const noexcept CV_OVERRIDE
    {
        return workspaceBytes;
    }

private:
    typedef Element<T> Elem;

    template <typename Value>
    static Value* scratch(csl::WorkspaceAllocator& allocator, size_t count)
    {
        return allocator.get_span<Value>(count).data().get();
    }

    Ptr<HeadOnDevice> constants;
    const DeviceProducts* products;
    csl::Stream stream;
    csl::cublas::Handle cublas;
    size_t workspaceBytes;
};

} // namespace

Ptr<dnn::BackendNode> makeGMHeadNode(const Ptr<HeadOnDevice>& head,
                                     const MixtureParameters& parameters, int target,
                                     void* context_,
                                     const std::vector<Ptr<dnn::BackendWrapper>>& inputs)
{
    const Ptr<dnn::CUDABackendWrapper> features =
        inputs.at(0).dynamicCast<dnn::CUDABackendWrapper>();
    CV_Assert(features);
    const csl::CSLContext& context = *static_cast<csl::CSLContext*>(context_);
    const int rows = features->getShape()[0];
    const DeviceProducts* const products =
        byProducts(head->head, rows) ? head->makeProducts(parameters, context.stream) : nullptr;
    return dnn::make_cuda_node<GMHeadNode>(target, head, products, context, rows);
}

} // namespace cuda
} // namespace dnn_gm
} // namespace cv

#endif // DNN_GM_CUDA
