// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

const char* const outputNames[] = {"prob", "log_likelihood", "log_density", "distance", "p_value"};
const float defaultAcceptRate = 0.99f;

Ptr<GMHeadLayer> findHead(dnn::Net& net)
{
    for (const String& name : net.getLayerNames())
    {
        const Ptr<GMHeadLayer> head = net.getLayer(net.getLayerId(name)).dynamicCast<GMHeadLayer>();
        if (head)
            return head;
    }
    CV_Error(Error::StsBadArg, "OpenSetClassifier: the model has no GMHead layer");
}

void checkOutputs(const dnn::Net& net)
{
    const std::vector<String> found = net.getUnconnectedOutLayersNames();
    for (const char* name : outputNames)
        if (std::find(found.begin(), found.end(), name) == found.end())
            CV_Error(Error::StsBadArg,
                     format("OpenSetClassifier: the model has no output %s: expected prob, "
                            "log_likelihood, log_density, distance and p_value",
                            name));
}

void checkAttributes(const GMHeadLayer& head)
{
    const char* missing = head.inputSize.height == 0  ? "input_height"
                          : head.inputSize.width == 0 ? "input_width"
                          : head.channelOrder.empty() ? "channel_order"
                                                      : nullptr;
    if (missing)
        CV_Error(Error::StsBadArg,
                 format("OpenSetClassifier: the model's GMHead lacks the attribute %s", missing));
}

// The attributes say what images are made into: here the graph is asked whether it takes that, by a
// forward pass, since not all layers check sizes before. It also allocates what later ones need.
void tryInput(dnn::Net& net, const GMHeadLayer& head)
{
    const int sizes[] = {1, head.channelOrder == "GRAY" ? 1 : 3, head.inputSize.height,
                         head.inputSize.width};
    try
    {
        std::vector<Mat> outputs;
        net.setInput(Mat(4, sizes, CV_32F, Scalar(0)));
        net.forward(outputs, std::vector<String>(outputNames, outputNames + 5));
    }
    catch (const cv::Exception& error)
    {
        CV_Error(Error::StsBadArg,
                 "OpenSetClassifier: the network does not take images as the attributes "
                 "input_height, input_width and channel_order of its GMHead say, " +
                     shapeString(sizes, 4) + ": " + error.err);
    }
}

// Through decimals, or 1 - 0.95f would lie above 0.05f and refuse a p-value of just that.
float rateOfRefusal(float acceptRate)
{
    return float(cvRound((1. - acceptRate) * 1e6) / 1e6);
}

Mat convertChannels(const Mat& image, bool gray)
{
    const int from = image.channels(), to = gray ? 1 : 3;
    if (from == to)
        return image;
    Mat converted;
    if (gray)
        cvtColor(image, converted, from == 3 ? COLOR_BGR2GRAY : COLOR_BGRA2GRAY);
    else
        cvtColor(image, converted, from == 1 ? COLOR_GRAY2BGR : COLOR_BGRA2BGR);
    return converted;
}

class OpenSetClassifierImpl CV_FINAL : public OpenSetClassifier
{
public:
    OpenSetClassifierImpl(const dnn::Net& network, int backendId, int targetId) : net(network)
    {
        head = findHead(net);
        checkOutputs(net);
        checkAttributes(*head);
        net.setPreferableBackend(backendId);
        net.setPreferableTarget(targetId);
        tryInput(net, *head);
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

    float getFalseRejectRate() const CV_OVERRIDE { return falseRejectRate; }
    bool isCalibrated() const CV_OVERRIDE { return head->isCalibrated(); }
    String getCalibratedOn() const CV_OVERRIDE { return head->calibratedOn; }
    std::vector<String> getLabels() const CV_OVERRIDE { return head->labels; }
    Size getInputSize() const CV_OVERRIDE { return head->inputSize; }

    Verdict classify(InputArray image) CV_OVERRIDE
    {
        return classifyMats(std::vector<Mat>(1, image.getMat()))[0];
    }

    std::vector<Verdict> classifyBatch(InputArrayOfArrays images) CV_OVERRIDE
    {
        std::vector<Mat> mats;
        images.getMatVector(mats);
        return mats.empty() ? std::vector<Verdict>() : classifyMats(mats);
    }

    void features(InputArrayOfArrays images, OutputArray features) CV_OVERRIDE
    {
        std::vector<Mat> mats;
        images.getMatVector(mats);
        if (mats.empty())
            CV_Error(Error::StsBadArg, "OpenSetClassifier: there are no images");
        setImages(mats);
        net.forward(net.getLayerInputs(net.getLayerId(head->name))[0]->name).copyTo(features);
    }

private:
    void setImages(const std::vector<Mat>& images)
    {
        std::vector<Mat> prepared(images.size());
        for (size_t n = 0; n < images.size(); ++n)
            prepared[n] = prepare(images[n], n);
        net.setInput(dnn::blobFromImages(prepared));
    }

    std::vector<Verdict> classifyMats(const std::vector<Mat>& images)
    {
        setImages(images);
        std::vector<Mat> outputs;
        net.forward(outputs, std::vector<String>(outputNames, outputNames + 5));

        std::vector<Verdict> verdicts(images.size());
        for (size_t n = 0; n < images.size(); ++n)
            verdicts[n] = verdict(outputs, int(n));
        return verdicts;
    }

    //! The image as the network takes it, CV_32F on the scale of 0 to 255.
    Mat prepare(const Mat& image, size_t index) const
    {
        if (image.empty())
            CV_Error(Error::StsBadArg, format("OpenSetClassifier: image %d is empty", int(index)));
        const int channels = image.channels();
        if ((image.depth() != CV_8U && image.depth() != CV_32F) || image.dims != 2 ||
            (channels != 1 && channels != 3 && channels != 4))
            CV_Error(Error::StsUnsupportedFormat,
                     format("OpenSetClassifier: image %d must be CV_8U or CV_32F with 1, 3 or 4 "
                            "channels, got %s",
                            int(index), typeToString(image.type()).c_str()));
        Mat sized = convertChannels(image, head->channelOrder == "GRAY"), prepared;
        if (sized.size() != head->inputSize)
        {
            const bool shrinks = head->inputSize.area() < sized.size().area();
            Mat resized;
            resize(sized, resized, head->inputSize, 0, 0, shrinks ? INTER_AREA : INTER_LINEAR);
            sized = resized;
        }
        sized.convertTo(prepared, CV_32F);
        return prepared;
    }

    Verdict verdict(const std::vector<Mat>& outputs, int n) const
    {
        const Mat prob = outputs[0].row(n);
        Point best;
        double confidence;
        minMaxLoc(prob, nullptr, &confidence, nullptr, &best);

        Verdict v;
        v.classId = best.x;
        v.label = head->labels.empty() ? format("%d", best.x) : head->labels[best.x];
        v.confidence = float(confidence);
        v.logLikelihood = outputs[1].at<float>(n);
        v.logDensity = outputs[2].at<float>(n);
        v.distance = outputs[3].at<float>(n);
        v.pValue = outputs[4].at<float>(n);
        v.accepted = v.pValue >= falseRejectRate;
        return v;
    }

    dnn::Net net;
    Ptr<GMHeadLayer> head;
    float falseRejectRate;
};

} // namespace

Verdict::Verdict()
    : classId(-1), confidence(0), logLikelihood(0), logDensity(0), distance(0), pValue(0),
      accepted(false)
{
}

Ptr<OpenSetClassifier> OpenSetClassifier::create(const String& model, const String& config,
                                                 int backend_id, int target_id)
{
    registerLayers();
    return makePtr<OpenSetClassifierImpl>(dnn::readNet(model, config), backend_id, target_id);
}

Ptr<OpenSetClassifier> OpenSetClassifier::create(const std::vector<uchar>& model, int backend_id,
                                                 int target_id)
{
    registerLayers();
    return makePtr<OpenSetClassifierImpl>(dnn::readNetFromONNX(model), backend_id, target_id);
}

} // namespace dnn_gm
} // namespace cv
