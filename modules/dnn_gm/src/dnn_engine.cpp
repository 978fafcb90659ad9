// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "dnn_engine.hpp"
#include "onnx_file.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

Ptr<GMHeadLayer> findLayer(const dnn::Net& net)
{
    for (const String& name : net.getLayerNames())
    {
        const Ptr<GMHeadLayer> head = net.getLayer(net.getLayerId(name)).dynamicCast<GMHeadLayer>();
        if (head)
            return head;
    }
    refuse("the model has no GMHead layer");
    return Ptr<GMHeadLayer>();
}

} // namespace

EngineNet::EngineNet(const std::vector<uchar>& onnx, int engine, int backendId, int targetId)
{
#if CV_VERSION_MAJOR >= 5
#if CV_VERSION_MINOR == 0
    // The only version with two engines, of which the classic one has other targets than the CPU.
    const bool onCPU =
        (backendId == dnn::DNN_BACKEND_DEFAULT || backendId == dnn::DNN_BACKEND_OPENCV) &&
        targetId == dnn::DNN_TARGET_CPU;
    if (engine == 0 || engine == dnn::ENGINE_AUTO)
        engine = onCPU ? dnn::ENGINE_AUTO : dnn::ENGINE_CLASSIC;
#endif
    // readNetFromONNX() of a vector ignores ENGINE_CLASSIC in OpenCV 5.0.
    net = dnn::readNetFromONNX(reinterpret_cast<const char*>(onnx.data()), onnx.size(), engine);
    if (net.empty())
        CV_Error(Error::StsNotImplemented,
                 "the new engine of cv::dnn does not know an operator of the model");
    // Without CUDA OpenCV 5 does not turn to the CPU, as OpenCV 4 does.
    if (backendId == dnn::DNN_BACKEND_CUDA &&
        dnn::getAvailableTargets(dnn::DNN_BACKEND_CUDA).empty())
    {
        backendId = dnn::DNN_BACKEND_DEFAULT;
        targetId = dnn::DNN_TARGET_CPU;
    }
#else
    CV_UNUSED(engine);
    net = dnn::readNetFromONNX(onnx);
#endif
    // A network has these by itself, and the new engine logs a warning at each call.
    if (backendId != dnn::DNN_BACKEND_DEFAULT)
        net.setPreferableBackend(backendId);
    if (targetId != dnn::DNN_TARGET_CPU)
        net.setPreferableTarget(targetId);
}

bool EngineNet::isNew() const
{
#if CV_VERSION_MAJOR >= 5
    return !net.getMainGraph().empty();
#else
    return false;
#endif
}

Ptr<GMHeadLayer> EngineNet::findHead() const
{
    const Ptr<GMHeadLayer> head = findLayer(net);
#if CV_VERSION_MAJOR >= 5
    if (isNew())
    {
        std::vector<Mat> inputs(head->inputs.size()), outputs;
        for (size_t i = 1; i < inputs.size(); ++i)
        {
            if (!net.isConstArg(head->inputs[i]))
                refuse("the input " + net.argName(head->inputs[i]) +
                       " of GMHead is not a constant");
            inputs[i] = net.argTensor(head->inputs[i]);
        }
        head->finalize(inputs, outputs);
    }
#endif
    return head;
}

void EngineNet::forward(std::vector<Mat>& values, const std::vector<String>& names,
                        const std::vector<String>& all)
{
    if (!isNew())
        return net.forward(values, names);
    // The new engine returns either all outputs or a single one.
    std::vector<Mat> ofAll;
    net.forward(ofAll, all);
    values.clear();
    for (const String& name : names)
        values.push_back(ofAll[std::find(all.begin(), all.end(), name) - all.begin()]);
}

Mat EngineNet::forwardFeatures(const Ptr<GMHeadLayer>& head)
{
    if (!isNew())
        return net.forward(net.getLayerInputs(net.getLayerId(head->name))[0]->name);
    // The new engine has tensors share memory: after the pass another one may lie where the
    // features were.
    const Ptr<FeatureKeepingLayer> layer = head.dynamicCast<FeatureKeepingLayer>();
    layer->keepsFeatures = true;
    std::vector<Mat> outputs;
    try
    {
        net.forward(outputs);
    }
    catch (...)
    {
        layer->keepsFeatures = false;
        throw;
    }
    layer->keepsFeatures = false;
    return layer->keptFeatures;
}

} // namespace dnn_gm
} // namespace cv
