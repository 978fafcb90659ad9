// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "dnn_engine.hpp"
#include "cpu_head.hpp"
#include "mixture_math.hpp"
#include "gm_head_attributes.hpp"
#include "opencl_head.hpp"
#ifdef DNN_GM_CUDA
#include "cuda/gm_head_node.hpp"
#endif

namespace cv
{
namespace dnn_gm
{

using dnn::LayerParams;
#if CV_VERSION_MAJOR < 5
using dnn::MatShape;
#endif

namespace
{

class GMHeadLayerImpl CV_FINAL : public FeatureKeepingLayer
{
public:
    explicit GMHeadLayerImpl(const LayerParams& params)
    {
        setParamsFrom(params);
        readAttributes(params, *this);
        if (!constantsAreInputs())
            mixture = makeMixture(blobs);
    }

    int classCount() const CV_OVERRIDE { return mixture ? mixture->classes() : 0; }

    bool isCalibrated() const CV_OVERRIDE { return mixture && mixture->parameters.isCalibrated(); }

    std::vector<int> getCalibrationCounts(bool together) const CV_OVERRIDE
    {
        if (!isCalibrated())
            return std::vector<int>();
        return together ? std::vector<int>(1, mixture->parameters.calibrationSamples())
                        : mixture->parameters.calibrationCounts;
    }

    int getTarget() const CV_OVERRIDE { return ranOn; }

    bool supportBackend(int backendId) CV_OVERRIDE
    {
        if (backendId == dnn::DNN_BACKEND_CUDA)
        {
#ifdef DNN_GM_CUDA
            // Constants that come as inputs are taken by forward() only.
            return !mixture.empty();
#else
            CV_LOG_ONCE_WARNING(NULL, "GMHead: dnn_gm was built without OpenCV's CUDA sources, "
                                      "the CPU does the layer's work");
#endif
        }
        return backendId == dnn::DNN_BACKEND_OPENCV;
    }

#ifdef DNN_GM_CUDA
    Ptr<dnn::BackendNode> initCUDA(void* context,
                                   const std::vector<Ptr<dnn::BackendWrapper>>& wrappers,
                                   const std::vector<Ptr<dnn::BackendWrapper>>&) CV_OVERRIDE
    {
        // Called again for each new batch size.
        if (!onDevice)
            onDevice = cuda::uploadHead(mixture->parameters);
        ranOn = preferableTarget;
        return cuda::makeGMHeadNode(onDevice, mixture->parameters, preferableTarget, context,
                                    wrappers);
    }
#endif

    bool getMemoryShapes(const std::vector<MatShape>& inputShapes, const int /*requiredOutputs*/,
                         std::vector<MatShape>& outputShapes,
                         std::vector<MatShape>& /*internals*/) const CV_OVERRIDE
    {
        checkInputCount(inputShapes.size());
        if (!mixture && inputShapes[1].size() != 2)
            CV_Error(Error::StsBadArg, "GMHead: means must be [K,D]");
        const int K = mixture ? mixture->classes() : inputShapes[1][0];
        const int D = mixture ? mixture->dims() : inputShapes[1][1];
        const MatShape& features = inputShapes[0];
        if (features.size() != 2 || features[1] != D)
            CV_Error(Error::StsBadSize,
                     format("GMHead: features must be [N,D] with D=%d as in means, got ", D) +
                         shapeString(features, int(features.size())));
        MatShape prob(features);
        prob[1] = K;
        MatShape score(features);
        score[1] = 1;
        outputShapes.assign(6, score);
        outputShapes[0] = prob;
#if CV_VERSION_MAJOR >= 5
        // The new engine, of which alone a layer has names of its outputs, allocates what a node
        // has.
        if (!outputs.empty())
            outputShapes.resize(outputs.size());
#endif
        return false;
    }

#if CV_VERSION_MAJOR >= 5
    // Only the new engine fills Layer::inputs. It calls this when constants have their values, and
    // again when the batch changes. The classic engine calls it before anything is computed.
    void finalize(InputArrayOfArrays inputArrays, OutputArrayOfArrays) CV_OVERRIDE
    {
        if (!constantsAreInputs() || inputs.empty())
            return;
        std::vector<Mat> given;
        inputArrays.getMatVector(given);
        checkInputCount(given.size());
        given.erase(given.begin());
        const auto same = [](const Mat& a, const Mat& b)
        { return a.data == b.data && a.size == b.size; };
        if (mixture && given.size() == readFrom.size() &&
            std::equal(given.begin(), given.end(), readFrom.begin(), same))
            return;
        mixture = makeMixture(given);
        readFrom = given;
    }
#endif

    void forward(InputArrayOfArrays inputArrays, OutputArrayOfArrays outputArrays,
                 OutputArrayOfArrays internals) CV_OVERRIDE
    {
#ifdef HAVE_OPENCL
        if (inputArrays.isUMatVector() && runOpenCL(inputArrays, outputArrays))
            return;
#endif
        if (inputArrays.depth() != CV_32F)
            return forward_fallback(inputArrays, outputArrays, internals);
        std::vector<Mat> given, made;
        inputArrays.getMatVector(given);
        outputArrays.getMatVector(made);
        checkInputCount(given.size());

        Ptr<CpuHead> current = mixture;
        if (!current)
            current = makeMixture(std::vector<Mat>(given.begin() + 1, given.end()));
        const Mat& features = given[0];
        CV_CheckEQ(features.cols, current->dims(), "GMHead: features must be [N,D]");
        CV_Assert(features.isContinuous() && made[0].isContinuous());
        current->run(features, made);
        ranOn = dnn::DNN_TARGET_CPU;
        if (keepsFeatures)
            features.copyTo(keptFeatures);
    }

    int64 getFLOPS(const std::vector<MatShape>& inputShapes,
                   const std::vector<MatShape>& outputShapes) const CV_OVERRIDE
    {
        // a subtraction, two products and an addition for each feature and class
        return 4 * int64(inputShapes[0][0]) * inputShapes[0][1] * outputShapes[0][1];
    }

private:
    Ptr<CpuHead> makeMixture(const std::vector<Mat>& constants) const
    {
        const Ptr<CpuHead> made = makePtr<CpuHead>(MixtureParameters(Constants::check(constants)));
        checkLabelCount(*this, made->classes());
        return made;
    }

    bool constantsAreInputs() const
    {
        return blobs.empty();
    }

    void checkInputCount(size_t count) const
    {
        if (!constantsAreInputs() && count != 1)
            CV_Error(Error::StsBadArg,
                     format("GMHead: expected the one input features beside its constants, got %d: "
                            "either all of means, log_variances, log_priors and calibration are "
                            "constants or none",
                            int(count)));
        if (constantsAreInputs() && count < 4)
            CV_Error(Error::StsBadArg,
                     format("GMHead: missing inputs: expected features, means, log_variances, "
                            "log_priors and calibration, got %d of them",
                            int(count)));
    }

#ifdef HAVE_OPENCL
    bool runOpenCL(InputArrayOfArrays inputArrays, OutputArrayOfArrays outputArrays)
    {
        // Constants that come as inputs are taken by the CPU only.
        if (!mixture)
            return false;
        std::vector<UMat> given, made;
        inputArrays.getUMatVector(given);
        outputArrays.getUMatVector(made);
        checkInputCount(given.size());
        if (!openCLHead)
            openCLHead = makePtr<OpenCLHead>(mixture->parameters);
        if (openCLHead->run(given[0], made))
        {
            ranOn = preferableTarget;
            return true;
        }
        CV_LOG_ONCE_WARNING(NULL, "GMHead: the OpenCL kernels do not run, the CPU does its work");
        return false;
    }
#endif

#ifdef HAVE_OPENCL
    Ptr<OpenCLHead> openCLHead;
#endif
    std::vector<Mat> readFrom; // the inputs that the mixture was made of
    Ptr<CpuHead> mixture;      // empty while constants that come as inputs are not known
    int ranOn = -1;
#ifdef DNN_GM_CUDA
    Ptr<cuda::HeadOnDevice> onDevice;
#endif
};

Ptr<dnn::Layer> createGMHead(LayerParams& params)
{
    return GMHeadLayer::create(params);
}

} // namespace

Ptr<GMHeadLayer> GMHeadLayer::create(const LayerParams& params)
{
    return makePtr<GMHeadLayerImpl>(params);
}

void registerLayers()
{
    static std::mutex mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    // The classic ONNX importers look up domain.type, the engine of OpenCV 5 the type alone.
    static const char* const names[] = {"dnn_gm.GMHead", "GMHead"};
    for (const char* name : names)
        if (!dnn::LayerFactory::isLayerRegistered(name))
            dnn::LayerFactory::registerLayer(name, createGMHead);
}

// Loading the library is enough, for programs that load it without calling it, as Python does.
static const bool registeredWhenLoaded = (registerLayers(), true);

} // namespace dnn_gm
} // namespace cv
