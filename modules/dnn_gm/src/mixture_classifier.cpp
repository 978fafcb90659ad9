// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "constants.hpp"
#include "onnx_file.hpp"
#include "prepare_blob.hpp"
#include "quiet_log.hpp"

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
class MixtureClassifier CV_FINAL : public OpenSetClassifier
{
public:
    MixtureClassifier(const dnn::Net& network, const String& layerName,
                      const Ptr<GaussianMixture>& gaussians, const ImagePreparation& how,
                      const Scalar& mean_, const Scalar& deviation_)
        : net(network), mixture(gaussians), preparation(how), mean(mean_), deviation(deviation_),
          oneByOne(false)
    {
        if (net.empty())
            refuse("the network is empty");
        if (!mixture)
            refuse("there is no mixture");
        if (!layerName.empty())
            layer = layerNamed(layerName, net);
        if (preparation.resizeSize.empty())
            preparation.resizeSize = preparation.inputSize;
        preparation.check();
        for (int c = 0; c < preparation.channels(); ++c)
            if (!(std::abs(deviation[c]) > 0) || !(std::abs(mean[c]) <= FLT_MAX))
                refuse("the mean must be finite and the deviation not 0");
        tryImages();
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
    String getCalibratedOn() const CV_OVERRIDE { return String(); }
    std::vector<String> getLabels() const CV_OVERRIDE { return mixture->getLabels(); }
    Size getInputSize() const CV_OVERRIDE { return preparation.inputSize; }
    ImagePreparation getPreparation() const CV_OVERRIDE { return preparation; }

    String unlikeCalibration(InputArray image) const CV_OVERRIDE
    {
        prepareFloat(image.getMat(), 0, preparation);
        return String();
    }

    Verdict classify(InputArray image) CV_OVERRIDE
    {
        return mixture->predict(forward(std::vector<Mat>(1, image.getMat())))[0];
    }

    std::vector<Verdict> classifyBatch(InputArrayOfArrays images) CV_OVERRIDE
    {
        std::vector<Mat> mats;
        images.getMatVector(mats);
        return mats.empty() ? std::vector<Verdict>() : mixture->predict(forward(mats));
    }

    void features(InputArrayOfArrays images, OutputArray features) CV_OVERRIDE
    {
        std::vector<Mat> mats;
        images.getMatVector(mats);
        if (mats.empty())
            CV_Error(Error::StsBadArg, "OpenSetClassifier: there are no images");
        forward(mats).copyTo(features);
    }

    int getTarget() const CV_OVERRIDE { return dnn::DNN_TARGET_CPU; }
    int getBackend() const CV_OVERRIDE { return dnn::DNN_BACKEND_OPENCV; }

private:
    //! @returns [N,D]
    Mat forward(const std::vector<Mat>& images)
    {
        std::vector<Mat> prepared(images.size());
        for (size_t n = 0; n < images.size(); ++n)
        {
            prepared[n] = prepareFloat(images[n], n, preparation);
            subtract(prepared[n], mean, prepared[n]);
            divide(prepared[n], deviation, prepared[n]);
        }
        if (!oneByOne)
            return forwardPrepared(prepared);
        Mat features;
        for (const Mat& image : prepared)
            features.push_back(forwardPrepared(std::vector<Mat>(1, image)));
        return features;
    }

    Mat forwardPrepared(const std::vector<Mat>& prepared)
    {
        net.setInput(dnn::blobFromImages(prepared));
        const Mat output = layer.empty() ? net.forward() : net.forward(layer);
        const int N = int(prepared.size());
        if ((output.dims != 2 && output.dims != 4) || output.size[0] != N ||
            output.type() != CV_32F)
            refuse("expected features [N,D] or [N,D,H,W] of CV_32F of " +
                   (layer.empty() ? String("the network's output") : "the layer " + layer) +
                   ", got " + shapeString(output));
        if (output.dims == 2)
            return output.clone();
        const int D = output.size[1];
        Mat averages;
        reduce(output.reshape(1, N * D), averages, 1, REDUCE_AVG);
        return averages.reshape(1, N);
    }

    //! Finds out whether the network takes the images, also several at once, and the mixture the
    //! features.
    void tryImages()
    {
        std::vector<Mat> two(2);
        RNG random(1);
        for (Mat& image : two)
        {
            image.create(preparation.inputSize, CV_MAKETYPE(CV_8U, preparation.channels()));
            random.fill(image, RNG::UNIFORM, 0, 256);
        }
        Mat x;
        try
        {
            x = forward(std::vector<Mat>(1, two[1]));
        }
        catch (const cv::Exception& error)
        {
            refuse("the network does not take images as the preparation says: " +
                   error.err.substr(0, error.err.find('\n')));
        }
        try
        {
            const QuietLog quiet;
            const Mat together = forward(two);
            oneByOne = together.cols != x.cols ||
                       norm(together.row(1), x, NORM_INF) > 0.01 * (norm(x, NORM_INF) + 1e-6);
        }
        catch (const cv::Exception&)
        {
            oneByOne = true;
        }
        if (oneByOne)
            forward(two);
        if (!mixture->getLabels().empty() && mixture->getHead().map.cols != x.cols)
            refuse(format("the network gives %d features, the mixture has %d", x.cols,
                          mixture->getHead().map.cols));
    }

    dnn::Net net;
    String layer; // empty: the network's output
    Ptr<GaussianMixture> mixture;
    ImagePreparation preparation;
    Scalar mean, deviation;
    bool oneByOne; // the network takes no more images at once
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
