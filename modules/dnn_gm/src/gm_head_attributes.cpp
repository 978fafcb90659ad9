// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "gm_head_attributes.hpp"

#include <map>

namespace cv
{
namespace dnn_gm
{

static void fail(const String& what)
{
    CV_Error(Error::StsBadArg, "GMHead: attribute " + what);
}

//! Who reads a verdict knows the class by its name.
static void checkDifferent(const std::vector<String>& labels)
{
    std::map<String, size_t> lines;
    for (size_t i = 0; i < labels.size(); ++i)
    {
        const auto found = lines.insert(std::make_pair(labels[i], i));
        if (!found.second)
            fail(format("labels must differ: classes %d and %d are both \"%s\"",
                        int(found.first->second), int(i), labels[i].substr(0, 60).c_str()));
    }
}

static std::vector<String> splitLines(const String& text)
{
    std::vector<String> lines;
    for (size_t begin = 0; begin < text.size();)
    {
        const size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

static String readText(const dnn::LayerParams& params, const String& name,
                       const String& fallback = String())
{
    if (params.has(name) && (!params.get(name).isString() || params.get(name).size() != 1))
        fail(name + " must be a string");
    return params.get<String>(name, fallback);
}

static int readInteger(const dnn::LayerParams& params, const String& name, int fallback)
{
    if (params.has(name) && (!params.get(name).isInt() || params.get(name).size() != 1))
        fail(name + " must be one whole number");
    return params.get<int>(name, fallback);
}

//! Numbers in a list; a single one counts as a list of one.
template <typename T>
static std::vector<T> readList(const dnn::LayerParams& params, const String& name)
{
    std::vector<T> values;
    if (!params.has(name))
        return values;
    const dnn::DictValue& list = params.get(name);
    if (list.isString())
        fail(name + " must be numbers");
    for (int i = 0; i < list.size(); ++i)
        values.push_back(T(list.getRealValue(i)));
    return values;
}

//! Least and largest value of something, or nothing.
template <typename T>
static std::vector<T> readRange(const dnn::LayerParams& params, const String& name)
{
    const std::vector<double> range = readList<double>(params, name);
    const double most = std::numeric_limits<T>::max();
    if (!range.empty() &&
        (range.size() != 2 || !(range[0] >= 0) || !(range[0] <= range[1]) || !(range[1] <= most)))
        fail(name +
             format(" must be the least and the largest, neither negative nor above %g", most));
    return std::vector<T>(range.begin(), range.end());
}

static void checkRisks(const GMHeadLayer& layer)
{
    const std::vector<float>&risks = layer.risks, &confidences = layer.riskConfidences;
    if (risks.size() != confidences.size())
        fail(format("risk_confidences must be one for each of the %d risks, got %d",
                    int(risks.size()), int(confidences.size())));
    for (size_t i = 0; i < risks.size(); ++i)
    {
        if (!(risks[i] > 0 && risks[i] <= 1) || (i > 0 && !(risks[i - 1] < risks[i])))
            fail(format("risks must ascend within (0,1], value %d is %g", int(i), risks[i]));
        if (!(confidences[i] >= 0 && confidences[i] <= 1))
            fail(format("risk_confidences must be within [0,1], value %d is %g", int(i),
                        confidences[i]));
    }
}

const int mostPixels = 1 << 15; // of a side

static int readPositive(const dnn::LayerParams& params, const String& name)
{
    const int value = readInteger(params, name, 0);
    if (params.has(name) && value <= 0)
        fail(format("%s must be positive, got %d", name.c_str(), value));
    if (value > mostPixels)
        fail(format("%s must be at most %d, got %d", name.c_str(), mostPixels, value));
    return value;
}

static void readPreparation(const dnn::LayerParams& params, ImagePreparation& preparation)
{
    preparation.inputSize =
        Size(readPositive(params, "input_width"), readPositive(params, "input_height"));
    const Size resize(readPositive(params, "resize_width"), readPositive(params, "resize_height"));
    preparation.resizeSize = Size(resize.width ? resize.width : preparation.inputSize.width,
                                  resize.height ? resize.height : preparation.inputSize.height);
    preparation.resizeMode = readText(params, "resize_mode", preparation.resizeMode);
    preparation.interpolation = readText(params, "interpolation", preparation.interpolation);
    preparation.fill = readInteger(params, "fill", preparation.fill);
    preparation.channelOrder = readText(params, "channel_order");
    // A head on its own need not say what images its network takes.
    ImagePreparation whole = preparation;
    if (whole.inputSize.width == 0)
        whole.inputSize.width = whole.resizeSize.width = std::max(1, whole.resizeSize.width);
    if (whole.inputSize.height == 0)
        whole.inputSize.height = whole.resizeSize.height = std::max(1, whole.resizeSize.height);
    if (whole.channelOrder.empty())
        whole.channelOrder = "BGR";
    try
    {
        whole.check();
    }
    catch (const cv::Exception& error)
    {
        fail(error.err.substr(error.err.find(": ") + 2));
    }
    const int channels = readPositive(params, "input_channels");
    if (channels != 0 && !preparation.channelOrder.empty() && channels != preparation.channels())
        fail(format("input_channels must be %d with channel_order %s, got %d",
                    preparation.channels(), preparation.channelOrder.c_str(), channels));
}

void readAttributes(const dnn::LayerParams& params, GMHeadLayer& layer)
{
    layer.labels = splitLines(readText(params, "labels"));
    checkDifferent(layer.labels);
    const std::vector<float> acceptRate = readList<float>(params, "accept_rate");
    if (acceptRate.size() > 1)
        fail("accept_rate must be one number");
    layer.acceptRate = acceptRate.empty() ? 0.f : acceptRate[0];
    if (!acceptRate.empty() && !(layer.acceptRate > 0 && layer.acceptRate <= 1))
        fail(format("accept_rate must be within (0,1], got %g", layer.acceptRate));
    layer.calibratedOn = readText(params, "calibrated_on");
    readPreparation(params, layer.preparation);
    layer.pictureHeights = readRange<int>(params, "picture_heights");
    layer.pictureWidths = readRange<int>(params, "picture_widths");
    layer.pixelMeans = readRange<float>(params, "pixel_means");
    layer.pixelDeviations = readRange<float>(params, "pixel_deviations");
    layer.risks = readList<float>(params, "risks");
    layer.riskConfidences = readList<float>(params, "risk_confidences");
    checkRisks(layer);
}

void checkLabelCount(const GMHeadLayer& layer, int K)
{
    if (!layer.labels.empty() && layer.labels.size() != size_t(K))
        fail(format("labels must be K=%d lines, got %d", K, int(layer.labels.size())));
}

} // namespace dnn_gm
} // namespace cv
