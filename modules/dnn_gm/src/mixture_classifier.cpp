// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "image_classifier.hpp"
#include "onnx_file.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

/** @brief The layer that is meant by a name, which may also be the one that its ONNX file has.

@throws cv::Exception with the names of the last layers if there is none
 */
String layerNamed(const String& name, const dnn::Net& net)
{
#if CV_VERSION_MAJOR >= 5
    // The new engine shares memory between tensors: what forward() gives of an inner one may be
    // another one's values.
    if (net.getMainGraph())
    {
        const std::vector<String> outputs = net.getUnconnectedOutLayersNames();
        if (std::find(outputs.begin(), outputs.end(), name) == outputs.end())
            refuse("of a network in OpenCV's new engine only outputs can be had, " + name +
                   " is none: read it with ENGINE_CLASSIC, or end it there");
        return name;
    }
#endif
    String last;
    const std::vector<String> layers = net.getLayerNames();
    for (size_t i = 0; i < layers.size(); ++i)
    {
        // cv::dnn calls a node "onnx_node!name", and one without a name by its output.
        const size_t mark = layers[i].find('!');
        if (layers[i] == name || (mark != String::npos && layers[i].substr(mark + 1) == name))
            return layers[i];
        if (i + 10 >= layers.size())
            last += (last.empty() ? "" : ", ") + layers[i];
    }
    refuse("the network has no layer " + name + "; its last are " + last);
    return name;
}

//! A network that any importer has read, and a mixture over the output of one of its layers.
class MixtureClassifier CV_FINAL : public ImageClassifier
{
public:
    MixtureClassifier(const dnn::Net& network, const String& layerName,
                      const Ptr<GaussianMixture>& gaussians, const ImagePreparation& how,
                      const Scalar& mean_, const Scalar& deviation_)
        : ImageClassifier(checked(how)), net(network), mixture(gaussians), mean(mean_),
          deviation(deviation_)
    {
        if (net.empty())
            refuse("the network is empty");
        if (!mixture)
            refuse("there is no mixture");
        if (!layerName.empty())
            layer = layerNamed(layerName, net);
        for (int c = 0; c < getPreparation().channels(); ++c)
            if (!(std::abs(deviation[c]) > 0) || !(std::abs(mean[c]) <= FLT_MAX))
                refuse("the mean must be finite and the deviation not 0");
        tryImages("the network does not take images as the preparation says", 1e-6);
    }

    void setFalseRejectRate(float rate) CV_OVERRIDE { mixture->setFalseRejectRate(rate); }
    float getFalseRejectRate() const CV_OVERRIDE { return mixture->getFalseRejectRate(); }

    void setTargetRisk(float risk) CV_OVERRIDE
    {
        if (risk != 1)
            refuse("a mixture carries no thresholds of risk");
    }
    float getTargetRisk() const CV_OVERRIDE { return 1; }
    std::vector<float> getRisks() const CV_OVERRIDE { return std::vector<float>(); }

    bool isCalibrated() const CV_OVERRIDE { return mixture->isCalibrated(); }
    std::vector<int> getCalibrationCounts(bool /*together*/) const CV_OVERRIDE
    {
        std::vector<int> counts;
        if (mixture->isCalibrated())
            counts.push_back(mixture->getHead().calibration.size[2]);
        return counts;
    }
    String getCalibratedOn() const CV_OVERRIDE { return String(); }
    std::vector<String> getLabels() const CV_OVERRIDE { return mixture->getLabels(); }

    String unlikeCalibration(InputArray image) const CV_OVERRIDE
    {
        prepare(image.getMat(), 0);
        return String();
    }

    int getTarget() const CV_OVERRIDE { return dnn::DNN_TARGET_CPU; }
    int getBackend() const CV_OVERRIDE { return dnn::DNN_BACKEND_OPENCV; }

private:
    static ImagePreparation checked(ImagePreparation how)
    {
        if (how.resizeSize.empty())
            how.resizeSize = how.inputSize;
        how.check();
        return how;
    }

    void scale(Mat& image) const CV_OVERRIDE
    {
        subtract(image, mean, image);
        divide(image, deviation, image);
    }

    std::vector<Verdict> judge(const Mat& images) CV_OVERRIDE
    {
        return mixture->predict(forwardFeatures(images));
    }

    Mat forwardFeatures(const Mat& images) CV_OVERRIDE
    {
        net.setInput(images);
        const Mat output = layer.empty() ? net.forward() : net.forward(layer);
        const int N = images.size[0];
        if ((output.dims != 2 && output.dims != 4) || output.size[0] != N ||
            output.type() != CV_32F)
            refuse("expected features [N,D] or [N,D,H,W] of CV_32F of " +
                   (layer.empty() ? String("the network's output") : "the layer " + layer) +
                   ", got " + shapeString(output));
        if (output.dims == 2)
            return output.clone();
        Mat averages;
        reduce(output.reshape(1, N * output.size[1]), averages, 1, REDUCE_AVG);
        return averages.reshape(1, N);
    }

    //! The features, if they are as many as the mixture has.
    Mat probe(const Mat& images) CV_OVERRIDE
    {
        const Mat x = forwardFeatures(images);
        const int D = mixture->getFeatureCount();
        if (D > 0 && D != x.cols)
            CV_Error(Error::StsBadSize,
                     format("the network gives %d features, the mixture has %d", x.cols, D));
        return x;
    }

    dnn::Net net;
    String layer; // empty: the network's output
    Ptr<GaussianMixture> mixture;
    Scalar mean, deviation;
};

} // namespace

Ptr<OpenSetClassifier> OpenSetClassifier::create(const dnn::Net& net, const String& layer,
                                                 const Ptr<GaussianMixture>& mixture,
                                                 const ImagePreparation& preparation,
                                                 const Scalar& mean, const Scalar& deviation)
{
    return makePtr<MixtureClassifier>(net, layer, mixture, preparation, mean, deviation);
}

} // namespace dnn_gm
} // namespace cv
