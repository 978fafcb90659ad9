// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_IMAGE_MODEL_HPP
#define OPENCV_DNN_GM_TEST_IMAGE_MODEL_HPP

// A model of images whose features are plain to see: the means of 2x2 blocks, in [0,1].

#include "test_gm_head_case.hpp"
#include "test_onnx_model.hpp"

#include "opencv2/imgproc.hpp"

#include <numeric>

namespace opencv_test
{

const int imageHeight = 4, imageWidth = 6;

//! The features of a 4x6 CV_32F image: all blocks of channel 0, then those of the next.
inline cv::Mat blockMeans(const cv::Mat& image)
{
    std::vector<cv::Mat> channels;
    cv::split(image, channels);
    std::vector<float> features;
    for (const cv::Mat& channel : channels)
        for (int y = 0; y < imageHeight; y += 2)
            for (int x = 0; x < imageWidth; x += 2)
                features.push_back(float(cv::sum(channel(cv::Rect(x, y, 2, 2)))[0] / (4 * 255)));
    return matrix(1, int(features.size()), features);
}

//! A gray image of twice the size that the network takes, with these features up to rounding.
inline cv::Mat imageOfFeatures(const cv::Mat& features)
{
    cv::Mat blocks = features.reshape(1, imageHeight / 2) * 255, image;
    cv::resize(blocks, image, cv::Size(2 * imageWidth, 2 * imageHeight), 0, 0, cv::INTER_NEAREST);
    image.convertTo(image, CV_8U);
    return image;
}

//! 1, 2, ... 19: p-values are multiples of 0.05.
inline cv::Mat nineteenDistances()
{
    std::vector<float> distances(19);
    std::iota(distances.begin(), distances.end(), 1.f);
    return tables(1, 1, distances);
}

//! image [N,C,4,6] -> Conv -> Flatten -> Gemm -> features -> GMHead, with every attribute.
struct ImageModel : OnnxModel
{
    std::vector<cv::Mat> constants; //!< of the head: three classes

    ImageModel(int channels, const cv::Mat& calibration)
    {
        const int D = channels * (imageHeight / 2) * (imageWidth / 2);
        cv::RNG random(1);
        cv::Mat means(3, D, CV_32F);
        random.fill(means, cv::RNG::UNIFORM, 0., 1.);
        constants = {means, cv::Mat(1, 1, CV_32F, cv::Scalar(-3)), randomLogPriors(random, 3),
                     calibration};

        addInput("image", {0, channels, imageHeight, imageWidth});
        addBody(channels, D);
        addHead(constants)
            .set("labels", "cat\na dog\nbird")
            .set("accept_rate", 0.95f)
            .set("input_height", imageHeight)
            .set("input_width", imageWidth)
            .set("input_channels", channels)
            .set("channel_order", channels == 1 ? "GRAY" : "BGR")
            .set("calibrated_on", "19 made-up distances");
    }

    OnnxNode& head()
    {
        const auto found = std::find_if(nodes.begin(), nodes.end(),
                                        [](const OnnxNode& node) { return node.type == "GMHead"; });
        CV_Assert(found != nodes.end());
        return *found;
    }

private:
    void addBody(int channels, int D)
    {
        cv::Mat kernels = cv::Mat::zeros(channels, channels * 4, CV_32F);
        for (int c = 0; c < channels; ++c)
            kernels.row(c).colRange(c * 4, c * 4 + 4).setTo(1. / 1020);
        addConstant("kernels", {channels, channels, 2, 2}, kernels);
        addNode("Conv", {"image", "kernels"}, {"blocks"})
            .set("kernel_shape", std::vector<int>(2, 2))
            .set("strides", std::vector<int>(2, 2));
        addNode("Flatten", {"blocks"}, {"flat"});
        addConstant("identity", {D, D}, cv::Mat::eye(D, D, CV_32F));
        addConstant("zeros", {D}, cv::Mat::zeros(D, 1, CV_32F));
        addNode("Gemm", {"flat", "identity", "zeros"}, {"features"}).set("transB", 1);
    }
};

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_IMAGE_MODEL_HPP
