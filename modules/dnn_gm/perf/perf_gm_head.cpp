// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "perf_precomp.hpp"
#include "onnx_bytes.hpp"

// GMHead through a whole cv::dnn::Net, and beside it the same head made of stock ONNX operators.
// Two fixtures with the same parameters, so that their results can be set side by side.

namespace opencv_test
{

using namespace perf;
using namespace cv;
using namespace cv::dnn;

namespace
{

CV_ENUM(BackendId, DNN_BACKEND_OPENCV, DNN_BACKEND_CUDA)
CV_ENUM(TargetId, DNN_TARGET_CPU, DNN_TARGET_OPENCL, DNN_TARGET_OPENCL_FP16, DNN_TARGET_CUDA,
        DNN_TARGET_CUDA_FP16)

typedef tuple<BackendId, TargetId> Where;
typedef tuple<int, Size, Where> HeadParams; // N, D x K, where

std::vector<Where> everywhere()
{
    std::vector<Where> all;
    for (const Backend backend : {DNN_BACKEND_OPENCV, DNN_BACKEND_CUDA})
        for (const Target target : getAvailableTargets(backend))
            if (target == DNN_TARGET_CPU || target == DNN_TARGET_OPENCL ||
                target == DNN_TARGET_OPENCL_FP16 || target == DNN_TARGET_CUDA ||
                target == DNN_TARGET_CUDA_FP16)
                all.push_back(Where(backend, target));
    return all;
}

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
    dnn_gm::registerLayers();
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
    OnnxModel model;
    model.input("features", N, D)
        .constant("minus_twice_means", Mat(-2 * head.means))
        .constant("squared_means", squares.reshape(1, 1), true)
        .constant("ones", Mat::ones(1, D, CV_32F))
        .constant("no_bias", Mat::zeros(1, 1, CV_32F), true)
        .constant("half", scalar(0.5))
        .constant("minus_half", scalar(-0.5))
        .constant("minus_two", scalar(-2))
        .constant("offset", scalar(logNormaliser + logPrior))
        .constant("minus_offset", scalar(-logNormaliser - logPrior))
        .constant("minus_prior", scalar(-logPrior));
    const std::vector<Message> transB = {OnnxModel::attribute("transB", int64_t(1))};
    const std::vector<Message> axis = {OnnxModel::attribute("axis", int64_t(1))};
    const std::vector<Message> axes = {OnnxModel::attribute("axes", std::vector<int64_t>{1})};
    const std::vector<Message> wholeRow = {
        OnnxModel::attribute("kernel_shape", std::vector<int64_t>{1, K})};
    const auto addLargestOfRow = [&](const std::string& from, const std::string& to)
    {
        model.node("Unsqueeze", {from}, from + "_as_rows", axes)
            .node("Unsqueeze", {from + "_as_rows"}, from + "_as_image", axes)
            .node("MaxPool", {from + "_as_image"}, from + "_pooled", wholeRow)
            .node("Flatten", {from + "_pooled"}, to, axis);
    };
    // The posterior does not need |x|^2. Largest values by pooling and no broadcasting: so that it
    // runs in OpenCV 4.6 too.
    model.node("Gemm", {"features", "minus_twice_means", "squared_means"}, "products", transB)
        .node("Mul", {"products", "minus_half"}, "exponents")
        .node("Add", {"exponents", "offset"}, "joint")
        .node("LogSoftmax", {"joint"}, "log_prob", axis)
        .node("Exp", {"log_prob"}, "prob");
    addLargestOfRow("joint", "top");
    addLargestOfRow("log_prob", "log_top");
    model.node("Mul", {"features", "features"}, "squares")
        .node("Gemm", {"squares", "ones", "no_bias"}, "norms", transB)
        .node("Mul", {"norms", "half"}, "half_norms")
        .node("Sub", {"top", "half_norms"}, "largest")
        .node("Sub", {"largest", "log_top"}, "log_density")
        .node("Add", {"largest", "minus_prior"}, "log_likelihood")
        .node("Add", {"largest", "minus_offset"}, "exponent")
        .node("Mul", {"exponent", "minus_two"}, "distance")
        .output("prob", N, K)
        .output("log_likelihood", N, 1)
        .output("log_density", N, 1)
        .output("distance", N, 1);
    const std::string bytes = model.bytes();
    return readNetFromONNX(bytes.data(), bytes.size());
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
        net.setPreferableBackend(get<0>(get<2>(GetParam())));
        net.setPreferableTarget(get<1>(get<2>(GetParam())));
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
