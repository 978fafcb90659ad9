// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "gm_head_attributes.hpp"

namespace cv
{
namespace dnn_gm
{

static void fail(const String& what)
{
    CV_Error(Error::StsBadArg, "GMHead: attribute " + what);
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

static void checkChannels(const GMHeadLayer& layer)
{
    const String& order = layer.channelOrder;
    if (order.empty())
        return;
    if (order != "GRAY" && order != "BGR")
        fail("channel_order must be GRAY or BGR, got " + order);
    const int expected = order == "GRAY" ? 1 : 3;
    if (layer.inputChannels != 0 && layer.inputChannels != expected)
        fail(format("input_channels must be %d with channel_order %s, got %d", expected,
                    order.c_str(), layer.inputChannels));
}

void readAttributes(const dnn::LayerParams& params, GMHeadLayer& layer)
{
    layer.labels = splitLines(params.get<String>("labels", ""));
    layer.acceptRate = params.get<float>("accept_rate", 0.f);
    layer.inputSize = Size(params.get<int>("input_width", 0), params.get<int>("input_height", 0));
    layer.inputChannels = params.get<int>("input_channels", 0);
    layer.channelOrder = params.get<String>("channel_order", "");
    layer.calibratedOn = params.get<String>("calibrated_on", "");

    if (params.has("accept_rate") && !(layer.acceptRate > 0 && layer.acceptRate <= 1))
        fail(format("accept_rate must be within (0,1], got %g", layer.acceptRate));
    if (params.has("input_height") && layer.inputSize.height <= 0)
        fail(format("input_height must be positive, got %d", layer.inputSize.height));
    if (params.has("input_width") && layer.inputSize.width <= 0)
        fail(format("input_width must be positive, got %d", layer.inputSize.width));
    if (params.has("input_channels") && layer.inputChannels <= 0)
        fail(format("input_channels must be positive, got %d", layer.inputChannels));
    checkChannels(layer);
}

void checkLabelCount(const GMHeadLayer& layer, int K)
{
    if (!layer.labels.empty() && layer.labels.size() != size_t(K))
        fail(format("labels must be K=%d lines, got %d", K, int(layer.labels.size())));
}

} // namespace dnn_gm
} // namespace cv
