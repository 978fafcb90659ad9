// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "perf_precomp.hpp"
#include "../test/test_onnx_model.hpp"

// GMHead through a whole cv::dnn::Net, and beside it the same head made of stock ONNX operators.
// Two fixtures with the same parameters, so that their results can be set side by side.

namespace opencv_test
{

using namespace perf;

namespace
{

typedef tuple<int, Size, Where> HeadParams; // N, D x K, where

//! Identity covariance, uniform priors.
struct Head
{
    Head(int N, int K, int D) : features(N, D, CV_32F), means(K, D, CV_32F)
    {
        RNG random(12345);
        random.fill(features, RNG::NORMAL, 0., 1.);
        random.fill(means, RNG::NORMAL, 0., 1.);
    }

    Mat features, means;
};

Net gmHead(const Head& head)
{
    registerLayers();
    LayerParams params;
    params.name = "head";
    params.type = "GMHead";
    const int K = head.means.rows;
    params.blobs = {head.means, Mat::zeros(1, 1, CV_32F),
                    Mat(K, 1, CV_32F, Scalar(-std::log(double(K))))};
    Net net;
    net.addLayerToPrev("head", "GMHead", params);
    return net;
}

// d_k = |x|^2 - 2 x.mu_k + |mu_k|^2, as one would write it for speed. Without the p-value, and the
// distance follows from the largest logarithm: both cost less than the head's own definition.
Net stockOperators(const Head& head)
{
    const int N = head.features.rows, K = head.means.rows, D = head.means.cols;
    Mat squares;
    reduce(head.means.mul(head.means), squares, 1, REDUCE_SUM);
    const double logPrior = -std::log(double(K)), logNormaliser = -D / 2. * std::log(2 * CV_PI);
    const auto scalar = [](double value) { return Mat(1, 1, CV_32F, Scalar(value)); };
    OnnxModel model(11); // of which OpenCV 4.6 knows all these operators
    model.addInput("features", {N, D})
        .addConstant("minus_twice_means", {K, D}, Mat(-2 * head.means))
        .addConstant("squared_means", {K}, squares)
        .addConstant("ones", {1, D}, Mat::ones(1, D, CV_32F))
        .addConstant("no_bias", {1}, Mat::zeros(1, 1, CV_32F))
        .addConstant("half", {1, 1}, scalar(0.5))
        .addConstant("minus_half", {1, 1}, scalar(-0.5))
        .addConstant("minus_two", {1, 1}, scalar(-2))
        .addConstant("offset", {1, 1}, scalar(logNormaliser + logPrior))
        .addConstant("minus_offset", {1, 1}, scalar(-logNormaliser - logPrior))
        .addConstant("minus_prior", {1, 1}, scalar(-logPrior));
    const auto addLargestOfRow = [&](const std::string& from, const std::string& to)
    {
        model.addNode("Unsqueeze", {from}, {from + "_as_rows"}).set("axes", std::vector<int>{1});
        model.addNode("Unsqueeze", {from + "_as_rows"}, {from + "_as_image"})
            .set("axes", std::vector<int>{1});
        model.addNode("MaxPool", {from + "_as_image"}, {from + "_pooled"})
            .set("kernel_shape", std::vector<int>{1, K});
        model.addNode("Flatten", {from + "_pooled"}, {to}).set("axis", 1);
    };
    // The posterior does not need |x|^2. Largest values by pooling and no broadcasting: so that it
    // runs in OpenCV 4.6 too.
    model.addNode("Gemm", {"features", "minus_twice_means", "squared_means"}, {"products"})
        .set("transB", 1);
    model.addNode("Mul", {"products", "minus_half"}, {"exponents"});
    model.addNode("Add", {"exponents", "offset"}, {"joint"});
    model.addNode("LogSoftmax", {"joint"}, {"log_prob"}).set("axis", 1);
    model.addNode("Exp", {"log_prob"}, {"prob"});
    addLargestOfRow("joint", "top");
    addLargestOfRow("log_prob", "log_top");
    model.addNode("Mul", {"features", "features"}, {"squares"});
    model.addNode("Gemm", {"squares", "ones", "no_bias"}, {"norms"}).set("transB", 1);
    model.addNode("Mul", {"norms", "half"}, {"half_norms"});
    model.addNode("Sub", {"top", "half_norms"}, {"largest"});
    model.addNode("Sub", {"largest", "log_top"}, {"log_density"});
    model.addNode("Add", {"largest", "minus_prior"}, {"log_likelihood"});
    model.addNode("Add", {"largest", "minus_offset"}, {"exponent"});
    model.addNode("Mul", {"exponent", "minus_two"}, {"distance"});
    model.addOutput("prob", {N, K})
        .addOutput("log_likelihood", {N, 1})
        .addOutput("log_density", {N, 1})
        .addOutput("distance", {N, 1});
    return readNetFromONNX(model.bytes());
}

std::vector<Mat> allOutputs(Net& net, const Mat& features)
{
    net.setInput(features);
    std::vector<std::vector<Mat>> blobs;
    net.forward(blobs, net.getUnconnectedOutLayersNames());
    std::vector<Mat> outputs;
    for (const std::vector<Mat>& ofLayer : blobs)
        outputs.insert(outputs.end(), ofLayer.begin(), ofLayer.end());
    return outputs;
}

class HeadFixture : public perf::TestBaseWithParam<HeadParams>
{
protected:
    void measure(Net (*make)(const Head&))
    {
        const Size size = get<1>(GetParam());
        const Head head(get<0>(GetParam()), size.height, size.width);
        Net net = make(head);
        setWhere(net, get<2>(GetParam()));
        allOutputs(net, head.features); // allocates, and compiles what has to be
        PERF_SAMPLE_BEGIN()
        allOutputs(net, head.features);
        PERF_SAMPLE_END()
        SANITY_CHECK_NOTHING();
    }
};

typedef HeadFixture GMHead;
class StockOperators : public HeadFixture
{
};

PERF_TEST_P_(GMHead, forward)
{
    measure(gmHead);
}
PERF_TEST_P_(StockOperators, forward)
{
    measure(stockOperators);
}

const auto heads = testing::Combine(
    testing::Values(1, 16, 256),
    testing::Values(Size(100, 10), Size(512, 100), Size(2048, 1000), Size(512, 10575)),
    testing::ValuesIn(everywhere()));
INSTANTIATE_TEST_CASE_P(DxK, GMHead, heads);
INSTANTIATE_TEST_CASE_P(DxK, StockOperators, heads);

// What is compared must compute the same.
TEST(StockOperators_, agree_with_GMHead)
{
    const Head head(16, 100, 512);
    Net fused = gmHead(head), stock = stockOperators(head);
    const std::vector<Mat> expected = allOutputs(fused, head.features);
    stock.setInput(head.features);
    std::vector<Mat> actual;
    stock.forward(actual, std::vector<String>{"prob", "log_likelihood", "log_density", "distance"});
    for (size_t i = 0; i < actual.size(); ++i)
        EXPECT_LE(cvtest::norm(actual[i], expected[i], NORM_INF), 1e-2);
}

} // namespace

} // namespace opencv_test
