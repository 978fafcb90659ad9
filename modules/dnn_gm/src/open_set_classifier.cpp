// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "dnn_engine.hpp"
#include "image_classifier.hpp"
#include "onnx_file.hpp"
#include "read_file.hpp"
#include "unlike_calibration.hpp"
#include "verdict.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

const float defaultAcceptRate = 0.99f;
const int halfPrecisionClasses = 2048; // whole numbers beyond are rounded
const float halfPrecisionStep = 1.f / 1024;

void checkAttributes(const GMHeadLayer& head)
{
    const Size& size = head.preparation.inputSize;
    const char* missing = size.height == 0                        ? "input_height"
                          : size.width == 0                       ? "input_width"
                          : head.preparation.channelOrder.empty() ? "channel_order"
                                                                  : nullptr;
    if (missing)
        refuse(format("the model's GMHead lacks the attribute %s", missing));
}

float rateOfRefusal(float acceptRate)
{
    return float(cvRound((1. - acceptRate) * 1e6) / 1e6);
}

class OpenSetClassifierImpl CV_FINAL : public ImageClassifier
{
public:
    OpenSetClassifierImpl(const EngineNet& network, const Ptr<GMHeadLayer>& itsHead,
                          const OnnxFile& file, int backendId, int targetId)
        : ImageClassifier(itsHead->preparation), net(network), asked(file.outputs()),
          graphOutputs(file.graphOutputs), head(itsHead), graphChannels(file.imageChannels),
          targetRisk(1), confidenceFloor(-1)
    {
        checkAttributes(*head);
        halfPrecision =
            targetId == dnn::DNN_TARGET_OPENCL_FP16 || targetId == dnn::DNN_TARGET_CUDA_FP16;
        if (halfPrecision && head->classCount() > halfPrecisionClasses)
            refuse(format("a half-precision target can number %d classes, the model has %d",
                          halfPrecisionClasses, head->classCount()));
        const Size& size = head->preparation.inputSize;
        const int sizes[] = {1, head->preparation.channels(), size.height, size.width};
        tryImages(
            "the network does not take images as the attributes input_height, input_width and "
            "channel_order of its GMHead say, " +
                shapeString(sizes, 4),
            1);
        sayWhereItRuns(backendId, targetId);
        falseRejectRate =
            rateOfRefusal(head->acceptRate > 0 ? head->acceptRate : defaultAcceptRate);
    }

    void setFalseRejectRate(float rate) CV_OVERRIDE
    {
        if (!(rate >= 0 && rate <= 1))
            CV_Error(Error::StsOutOfRange,
                     format("OpenSetClassifier: the false-reject rate must be within [0,1], got %g",
                            rate));
        falseRejectRate = rate;
    }

    void setTargetRisk(float risk) CV_OVERRIDE
    {
        if (!(risk > 0 && risk <= 1))
            CV_Error(
                Error::StsOutOfRange,
                format("OpenSetClassifier: the target risk must be within (0,1], got %g", risk));
        float floor = -1;
        if (risk < 1)
        {
            const std::vector<float>& risks = head->risks;
            const size_t at = std::upper_bound(risks.begin(), risks.end(), risk) - risks.begin();
            if (at == 0)
                refuse(format("the model carries no threshold for a risk of %g", risk) +
                       (risks.empty() ? String() : format(", the least is for %g", risks[0])));
            floor = head->riskConfidences[at - 1];
            if (floor >= 1)
                refuse(format(
                    "the model's held-out images do not show that a risk of %g can be reached",
                    risks[at - 1]));
            if (halfPrecision && floor > 1 - halfPrecisionStep)
                refuse(format(
                    "a risk of %g needs a posterior above %.9g, which half precision does not "
                    "tell from 1",
                    risks[at - 1], floor));
        }
        targetRisk = risk;
        confidenceFloor = floor;
    }

    float getTargetRisk() const CV_OVERRIDE { return targetRisk; }

    std::vector<float> getRisks() const CV_OVERRIDE
    {
        std::vector<float> reachable;
        for (size_t i = 0; i < head->risks.size(); ++i)
            if (head->riskConfidences[i] < 1)
                reachable.push_back(head->risks[i]);
        return reachable;
    }

    float getFalseRejectRate() const CV_OVERRIDE { return falseRejectRate; }
    bool isCalibrated() const CV_OVERRIDE { return head->isCalibrated(); }
    std::vector<int> getCalibrationCounts(bool together) const CV_OVERRIDE
    {
        return head->getCalibrationCounts(together);
    }
    String getCalibratedOn() const CV_OVERRIDE { return head->calibratedOn; }
    std::vector<String> getLabels() const CV_OVERRIDE { return head->labels; }
    int getTarget() const CV_OVERRIDE { return head->getTarget(); }

    int getBackend() const CV_OVERRIDE
    {
        return isCUDA(getTarget()) ? dnn::DNN_BACKEND_CUDA : dnn::DNN_BACKEND_OPENCV;
    }

    String unlikeCalibration(InputArray image) const CV_OVERRIDE
    {
        const Mat given = image.getMat();
        return dnn_gm::unlikeCalibration(*head, given, prepare(given, 0));
    }

private:
    static bool isCUDA(int target)
    {
        return target == dnn::DNN_TARGET_CUDA || target == dnn::DNN_TARGET_CUDA_FP16;
    }

    void sayWhereItRuns(int backendId, int targetId) const
    {
        const bool askedCUDA = backendId == dnn::DNN_BACKEND_CUDA || isCUDA(targetId);
        const bool askedOpenCL =
            targetId == dnn::DNN_TARGET_OPENCL || targetId == dnn::DNN_TARGET_OPENCL_FP16;
        if ((askedCUDA || askedOpenCL) && getTarget() == dnn::DNN_TARGET_CPU)
            CV_LOG_WARNING(NULL, "OpenSetClassifier: " << (askedCUDA ? "CUDA" : "OpenCL")
                                                       << " was asked for, the CPU judges");
    }

    std::vector<Mat> forwardHead(const Mat& images)
    {
        net.setInput(images);
        std::vector<Mat> outputs;
        net.forward(outputs, asked, graphOutputs);
        return outputs;
    }

    std::vector<Verdict> judge(const Mat& images) CV_OVERRIDE
    {
        const std::vector<Mat> outputs = forwardHead(images);
        std::vector<Verdict> verdicts;
        for (int n = 0; n < outputs[0].rows; ++n)
            verdicts.push_back(verdict(outputs, n));
        return verdicts;
    }

    Mat forwardFeatures(const Mat& images) CV_OVERRIDE
    {
        net.setInput(images);
        return net.forwardFeatures(head);
    }

    //! The log-density, if all outputs have the shapes of the head's.
    Mat probe(const Mat& images) CV_OVERRIDE
    {
        // OpenCV 5's convolutions take pictures of any number of channels.
        if (graphChannels != 0 && graphChannels != uint64(images.size[1]))
            CV_Error(Error::StsBadSize,
                     format("the graph's input has %d channels", int(graphChannels)));
        const std::vector<Mat> outputs = forwardHead(images);
        for (size_t i = 0; i < outputs.size(); ++i)
        {
            const int columns = i == probOutput ? head->classCount() : 1;
            if (outputs[i].dims != 2 || outputs[i].rows != images.size[0] ||
                (columns > 0 && outputs[i].cols != columns))
                CV_Error(Error::StsBadSize, format("output %s must be [%d,%d], got ",
                                                   outputNames[i], images.size[0], columns) +
                                                shapeString(outputs[i]));
        }
        return outputs[logDensityOutput];
    }

    Verdict verdict(const std::vector<Mat>& outputs, int n) const
    {
        Verdict v = verdictOf(outputs, n, head->labels);
        v.accepted = v.pValue > 0 && v.pValue >= falseRejectRate && v.confidence > confidenceFloor;
        return v;
    }

    EngineNet net;
    std::vector<String> asked; // outputs of the head, in its order
    std::vector<String> graphOutputs;
    Ptr<GMHeadLayer> head;
    uint64 graphChannels; // those that the graph's input has, 0 if it does not say
    bool halfPrecision;
    float falseRejectRate;
    float targetRisk, confidenceFloor;
};

//! What OpenCV's importer would not survive is refused.
OnnxFile lookAt(const std::vector<uchar>& model)
{
    try
    {
        return OnnxFile::look(model);
    }
    catch (const cv::Exception& error)
    {
        CV_Error(error.code, "OpenSetClassifier: " + error.err);
    }
}

//! The new engine of OpenCV 5 knows the head's constants only now, so that they are checked here.
Ptr<GMHeadLayer> headOf(const EngineNet& net)
{
    try
    {
        return net.findHead();
    }
    catch (const cv::Exception& error)
    {
        if (error.err.compare(0, 8, "GMHead: ") == 0)
            refuse(error.err);
        throw;
    }
}

} // namespace

Ptr<OpenSetClassifier> OpenSetClassifier::create(const String& model, const String& /*config*/,
                                                 int backend_id, int target_id, int engine)
{
    std::vector<uchar> bytes;
    try
    {
        bytes = readModel(model);
    }
    catch (const cv::Exception& error)
    {
        refuse(error.err);
    }
    try
    {
        return create(bytes, backend_id, target_id, engine);
    }
    catch (const cv::Exception& error)
    {
        CV_Error(error.code, model + ": " + error.err);
    }
}

Ptr<OpenSetClassifier> OpenSetClassifier::create(const std::vector<uchar>& model, int backend_id,
                                                 int target_id, int engine)
{
    registerLayers();
    const OnnxFile file = lookAt(model);
    file.check();
    Ptr<EngineNet> net;
    try
    {
        net = makePtr<EngineNet>(model, engine, backend_id, target_id);
    }
    catch (const std::exception& error) // of sizes that no vector has, too
    {
        const String said = oneLine(error.what());
        const size_t ofHead = said.find("GMHead: ");
        if (ofHead != String::npos) // of which there is one: nobody asks which node it is
            refuse(said.substr(ofHead));
        // From opset 18 on some operators take as inputs what OpenCV 4 looks for in attributes.
        String hint;
        if (file.opset >= 18 && CV_VERSION_MAJOR < 5)
            hint =
                format(" of opset %d (it may, if it is exported with opset 17)", int(file.opset));
        refuse("OpenCV " CV_VERSION " cannot read the model" + hint + ": " + said);
    }
    return makePtr<OpenSetClassifierImpl>(*net, headOf(*net), file, backend_id, target_id);
}

} // namespace dnn_gm
} // namespace cv
