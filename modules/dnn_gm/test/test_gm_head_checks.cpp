// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_run_head.hpp"

namespace opencv_test
{
namespace
{

typedef std::vector<Mat> Mats;

const float infinity = std::numeric_limits<float>::infinity();

HeadCase goodCase()
{
    return makeCase(2, 3, 5, Covariance::DIAGONAL, Calibration::PER_CLASS);
}

//! Whether a layer with damaged constants is refused when it is made, with `part` in the message.
testing::AssertionResult refusesConstants(const std::string& part,
                                          const std::function<void(Mats&)>& damage)
{
    Mats constants;
    for (const Mat& constant : goodCase().constants)
        constants.push_back(constant.clone());
    GMHeadLayer::create(paramsWith(constants));
    damage(constants);
    return refuses([&] { GMHeadLayer::create(paramsWith(constants)); }, "GMHead: " + part);
}

testing::AssertionResult refusesAttributes(const std::string& part,
                                           const std::function<void(LayerParams&)>& damage)
{
    LayerParams params = paramsWith(goodCase().constants);
    damage(params);
    return refuses([&] { GMHeadLayer::create(params); }, "GMHead: attribute " + part);
}

DictValue list(const std::vector<double>& values)
{
    return DictValue::arrayReal(values.data(), int(values.size()));
}

//! MatShape is a vector in OpenCV 4 and a class of its own in OpenCV 5.
std::vector<MatShape> shapes(std::initializer_list<std::vector<int>> sizes)
{
    std::vector<MatShape> all;
    for (const std::vector<int>& each : sizes)
        all.push_back(MatShape(each.begin(), each.end()));
    return all;
}

std::vector<MatShape> outputShapes(const Mats& constants, const std::vector<MatShape>& inputs)
{
    std::vector<MatShape> outputs, internals;
    GMHeadLayer::create(paramsWith(constants))->getMemoryShapes(inputs, 0, outputs, internals);
    return outputs;
}

TEST(DNN_GM_Head_Checks, missing_and_surplus_constants_are_named)
{
    const auto resizeTo = [](size_t count) { return [=](Mats& mats) { mats.resize(count); }; };
    const auto emptied = [](size_t i) { return [=](Mats& mats) { mats[i] = Mat(); }; };
    EXPECT_TRUE(refusesConstants("input log_variances is missing", resizeTo(1)));
    EXPECT_TRUE(refusesConstants("input log_priors is missing", resizeTo(2)));
    EXPECT_TRUE(refusesConstants("expected the 4 constants means, log_variances, log_priors and "
                                 "calibration, got 5",
                                 resizeTo(5)));
    EXPECT_TRUE(refusesConstants("means is empty", emptied(0)));
    EXPECT_TRUE(refusesConstants("log_variances is empty", emptied(1)));
    EXPECT_TRUE(refusesConstants("log_priors is empty", emptied(2)));
}

TEST(DNN_GM_Head_Checks, other_types_than_float32_are_named)
{
    const char* const names[] = {"means", "log_variances", "log_priors", "calibration"};
    for (size_t i = 0; i < 4; ++i)
        EXPECT_TRUE(refusesConstants(std::string(names[i]) + " must be float32, got CV_64FC1",
                                     [i](Mats& mats) { mats[i].convertTo(mats[i], CV_64F); }));
}

TEST(DNN_GM_Head_Checks, wrong_shapes_are_named)
{
    EXPECT_TRUE(refusesConstants("means must be [K,D], got [3,5,1]",
                                 [](Mats& mats)
                                 {
                                     const int sizes[] = {3, 5, 1};
                                     mats[0] = mats[0].reshape(1, 3, sizes);
                                 }));
    const auto logVariances = [](int rows, int cols)
    { return [=](Mats& mats) { mats[1] = Mat::zeros(rows, cols, CV_32F); }; };
    const std::string wanted = "log_variances must be [K,D]=[3,5], [K,1]=[3,1] or [1,1], got ";
    EXPECT_TRUE(refusesConstants(wanted + "[3,4]", logVariances(3, 4)));
    EXPECT_TRUE(refusesConstants(wanted + "[2,5]", logVariances(2, 5)));
    EXPECT_TRUE(refusesConstants(wanted + "[1,5]", logVariances(1, 5)));
    EXPECT_TRUE(refusesConstants(wanted + "[1,3]", logVariances(1, 3)));
    EXPECT_TRUE(refusesConstants("log_priors must be [K]=[3], got [4,1]",
                                 [](Mats& mats) { mats[2] = Mat::zeros(4, 1, CV_32F); }));
    EXPECT_TRUE(refusesConstants("log_priors must be [K]=[3], got [1,3]",
                                 [](Mats& mats) { mats[2] = mats[2].reshape(1, 1); }));
    const auto calibration = [](const std::vector<int>& sizes)
    { return [=](Mats& mats) { mats[3] = Mat(sizes, CV_32F, Scalar(0)); }; };
    const std::string expected = "calibration must be [R,3,Q] or [R,1,Q] with R = 1 or K = 3, got ";
    EXPECT_TRUE(refusesConstants(expected + "[2,3,7]", calibration({2, 3, 7})));
    EXPECT_TRUE(refusesConstants(expected + "[4,3,7]", calibration({4, 3, 7})));
    EXPECT_TRUE(refusesConstants(expected + "[4,1,7]", calibration({4, 1, 7})));
    EXPECT_TRUE(refusesConstants(expected + "[4,7]", calibration({4, 7})));
    for (const std::vector<int>& none : {std::vector<int>{0, 5}, std::vector<int>{3, 0}})
        EXPECT_TRUE(
            refusesConstants("means is empty", [=](Mats& mats) { mats[0] = Mat(none, CV_32F); }));
    EXPECT_TRUE(refusesConstants(expected + "[3,2,7]", calibration({3, 2, 7})));
    EXPECT_TRUE(refusesConstants(expected + "[3,7]", calibration({3, 7})));
}

TEST(DNN_GM_Head_Checks, values_that_are_not_finite_are_named)
{
    const char* const names[] = {"means", "log_variances", "log_priors"};
    for (size_t i = 0; i < 3; ++i)
        for (const float value : {quietNaN, infinity, -infinity})
            EXPECT_TRUE(refusesConstants(std::string(names[i]) + " must be finite, value 2 is ",
                                         [=](Mats& mats) { mats[i].ptr<float>()[2] = value; }));
}

TEST(DNN_GM_Head_Checks, log_variances_beyond_float32_are_named)
{
    for (const float value : {-80.5f, 81.f})
        EXPECT_TRUE(refusesConstants("log_variances must be within [-80,80], value 7 is ",
                                     [=](Mats& mats) { mats[1].ptr<float>()[7] = value; }));
}

TEST(DNN_GM_Head_Checks, priors_that_are_no_distribution_are_named)
{
    EXPECT_TRUE(refusesConstants(
        "log_priors must be logarithms of probabilities that sum to 1, these sum to 3",
        [](Mats& mats) { mats[2].setTo(0); }));
    EXPECT_TRUE(refusesConstants("log_priors must be logarithms",
                                 [](Mats& mats) { mats[2].setTo(1.f / 3); }));
}

TEST(DNN_GM_Head_Checks, calibrations_that_cannot_be_are_named)
{
    const auto valueAt = [](int row, int line, int q, float value)
    { return [=](Mats& mats) { mats[3].at<float>(row, line, q) = value; }; };
    EXPECT_TRUE(refusesConstants("calibration must be finite: table 0, line 1, value 6 is inf",
                                 valueAt(0, 1, 6, infinity)));
    EXPECT_TRUE(refusesConstants(
        "calibration must ascend within a line: table 2, line 0, value 4 is -1 after ",
        valueAt(2, 0, 4, -1)));
    EXPECT_TRUE(refusesConstants(
        "calibration must have NaN at the end of a line only: table 2, line 1, value 3 is ",
        valueAt(2, 1, 2, quietNaN)));
    EXPECT_TRUE(refusesConstants("calibration must have lines of one length in a table: table 1 "
                                 "has 6 numbers in line 0 and 5 in line 2",
                                 valueAt(1, 2, 5, quietNaN)));
}

TEST(DNN_GM_Head_Checks, attributes_are_read)
{
    LayerParams params = paramsWith(goodCase().constants);
    params.set("labels", "cat\na dog\n\xC3\xA9l\xC3\xA9phant\n");
    params.set("accept_rate", 0.95f);
    params.set("input_height", 28);
    params.set("input_width", 32);
    params.set("input_channels", 3);
    params.set("channel_order", "BGR");
    params.set("calibrated_on", "5000 held-out images");
    params.set("resize_height", 56);
    params.set("resize_mode", "letterbox");
    params.set("interpolation", "cubic");
    params.set("fill", 114);
    params.set("picture_widths", list({20, 40}));
    params.set("pixel_deviations", list({1.5, 80}));
    params.set("risks", list({0.01, 0.05}));
    params.set("risk_confidences", list({1, 0.5}));
    const Ptr<GMHeadLayer> layer = GMHeadLayer::create(params);
    EXPECT_EQ((std::vector<String>{"cat", "a dog", "\xC3\xA9l\xC3\xA9phant"}), layer->labels);
    EXPECT_EQ(0.95f, layer->acceptRate);
    EXPECT_EQ(Size(32, 28), layer->preparation.inputSize);
    EXPECT_EQ(Size(32, 56), layer->preparation.resizeSize);
    EXPECT_EQ("letterbox", layer->preparation.resizeMode);
    EXPECT_EQ("cubic", layer->preparation.interpolation);
    EXPECT_EQ(114, layer->preparation.fill);
    EXPECT_EQ("BGR", layer->preparation.channelOrder);
    EXPECT_EQ((std::vector<int>{20, 40}), layer->pictureWidths);
    EXPECT_EQ((std::vector<float>{1.5f, 80}), layer->pixelDeviations);
    EXPECT_EQ((std::vector<float>{0.01f, 0.05f}), layer->risks);
    EXPECT_EQ((std::vector<float>{1, 0.5f}), layer->riskConfidences);
    EXPECT_EQ("5000 held-out images", layer->calibratedOn);
    EXPECT_EQ(3, layer->classCount());
    EXPECT_TRUE(layer->isCalibrated());
}

TEST(DNN_GM_Head_Checks, attributes_that_cannot_be_are_named)
{
    // A change of one attribute.
    const auto text = [](const char* name, const char* value)
    { return [=](LayerParams& params) { params.set(name, value); }; };
    const auto whole = [](const char* name, int value)
    { return [=](LayerParams& params) { params.set(name, value); }; };
    const auto real = [](const char* name, double value)
    { return [=](LayerParams& params) { params.set(name, value); }; };
    const auto listed = [](const char* name, const std::vector<double>& values)
    { return [=](LayerParams& params) { params.set(name, list(values)); }; };

    EXPECT_TRUE(refusesAttributes("labels must be K=3 lines, got 2", text("labels", "a\nb")));
    EXPECT_TRUE(refusesAttributes("labels must be K=3 lines, got 100000",
                                  [](LayerParams& params)
                                  {
                                      String labels;
                                      for (int k = 0; k < 100000; ++k)
                                          labels += cv::format("%d\n", k);
                                      params.set("labels", labels);
                                  }));
    EXPECT_TRUE(refusesAttributes("labels must differ: classes 1 and 2 are both \"b\"",
                                  text("labels", "a\nb\nb")));
    EXPECT_TRUE(refusesAttributes("labels must differ: classes 0 and 2 are both \"\"",
                                  text("labels", "\na\n\n")));
    for (const float rate : {0.f, -0.1f, 1.1f, quietNaN})
        EXPECT_TRUE(
            refusesAttributes("accept_rate must be within (0,1], got ", real("accept_rate", rate)));
    for (const char* name : {"input_height", "input_width", "input_channels"})
        EXPECT_TRUE(
            refusesAttributes(name + std::string(" must be positive, got 0"), whole(name, 0)));
    EXPECT_TRUE(refusesAttributes("channel_order must be GRAY, BGR or RGB, got CMYK",
                                  text("channel_order", "CMYK")));
    EXPECT_TRUE(refusesAttributes("resize_mode must be stretch, crop_center or letterbox, got fit",
                                  text("resize_mode", "fit")));
    EXPECT_TRUE(refusesAttributes("interpolation must be ", text("interpolation", "bi")));
    EXPECT_TRUE(refusesAttributes("fill must be within [0,255], got 256", whole("fill", 256)));
    EXPECT_TRUE(
        refusesAttributes("the resize size must be at least the input size 28x28, got 27x28",
                          [](LayerParams& params)
                          {
                              params.set("input_width", 28);
                              params.set("input_height", 28);
                              params.set("resize_width", 27);
                          }));
    for (const char* side : {"input", "resize"})
        EXPECT_TRUE(
            refusesAttributes("the resize size must have at most 16777216 pixels, got 30000x30000",
                              [side](LayerParams& params)
                              {
                                  params.set(side + std::string("_width"), 30000);
                                  params.set(side + std::string("_height"), 30000);
                              }));
    for (const char* name : {"fill", "input_height", "resize_width", "input_channels"})
    {
        const std::string expected = name + std::string(" must be one whole number");
        EXPECT_TRUE(refusesAttributes(expected, text(name, "28x")));
        EXPECT_TRUE(refusesAttributes(expected, real(name, 1.5)));
        EXPECT_TRUE(refusesAttributes(expected, listed(name, {1, 2})));
    }
    for (const char* name : {"labels", "resize_mode", "channel_order", "calibrated_on"})
        EXPECT_TRUE(refusesAttributes(name + std::string(" must be a string"), whole(name, 3)));
    EXPECT_TRUE(refusesAttributes("accept_rate must be numbers", text("accept_rate", "0.9")));
    EXPECT_TRUE(refusesAttributes("resize_width must be at most 32768, got 1000000000",
                                  whole("resize_width", 1000000000)));
    EXPECT_TRUE(refusesAttributes("picture_heights must be the least and the largest",
                                  listed("picture_heights", {3, 2})));
    EXPECT_TRUE(refusesAttributes("picture_widths must be the least and the largest, neither "
                                  "negative nor above 2.14748e+09",
                                  listed("picture_widths", {3, 1e30})));
    EXPECT_TRUE(refusesAttributes("risk_confidences must be one for each of the 2 risks, got 0",
                                  listed("risks", {0.1, 0.2})));
    EXPECT_TRUE(refusesAttributes("risks must ascend within (0,1], value 1 is 0.1",
                                  [](LayerParams& params)
                                  {
                                      params.set("risks", list({0.1, 0.1}));
                                      params.set("risk_confidences", list({0, 0}));
                                  }));
    EXPECT_TRUE(refusesAttributes("input_channels must be 1 with channel_order GRAY, got 3",
                                  [](LayerParams& params)
                                  {
                                      params.set("channel_order", "GRAY");
                                      params.set("input_channels", 3);
                                  }));
}

TEST(DNN_GM_Head_Checks, shapes_are_inferred_for_any_batch_and_request)
{
    const Mats constants = goodCase().constants;
    for (const int N : {0, 1, 9})
    {
        const std::vector<MatShape> found = outputShapes(constants, shapes({{N, 5}}));
        EXPECT_TRUE(found == shapes({{N, 3}, {N, 1}, {N, 1}, {N, 1}, {N, 1}, {N, 1}})) << N;
    }
}

TEST(DNN_GM_Head_Checks, wrong_inputs_are_named)
{
    const Mats constants = goodCase().constants;
    const auto fails =
        [](const Mats& blobs, const std::vector<MatShape>& inputs, const std::string& part)
    { return refuses([&] { outputShapes(blobs, inputs); }, "GMHead: " + part); };
    EXPECT_TRUE(fails(constants, shapes({{2, 6}}),
                      "features must be [N,D] with D=5 as in means, got [2,6]"));
    EXPECT_TRUE(fails(constants, shapes({{2, 5, 1, 1}}),
                      "features must be [N,D] with D=5 as in means, got [2,5,1,1]"));
    EXPECT_TRUE(fails(constants, std::vector<MatShape>(),
                      "expected the one input features beside its constants, got 0"));
    EXPECT_TRUE(fails(constants, shapes({{2, 5}, {3, 5}}),
                      "expected the one input features beside its constants, got 2"));
    EXPECT_TRUE(fails(Mats(), shapes({{2, 5}}),
                      "missing inputs: expected features, means, log_variances, log_priors and "
                      "calibration, got 1 of them"));
    EXPECT_TRUE(fails(Mats(), shapes({{2, 5}, {3, 6}, {1, 1}, {3, 1}}),
                      "features must be [N,D] with D=6 as in means"));
    EXPECT_TRUE(fails(Mats(), shapes({{2, 5}, std::vector<int>(1, 15), {1, 1}, {3, 1}}),
                      "means must be [K,D]"));

    Net net = netWithHead(constants);
    EXPECT_TRUE(refuses([&] { forward(net, Mat::zeros(2, 6, CV_32F)); },
                        "features must be [N,D] with D=5"));
}

TEST(DNN_GM_Head_Checks, constants_that_come_as_inputs_are_checked_too)
{
    const HeadCase head = goodCase();
    const Ptr<GMHeadLayer> layer = GMHeadLayer::create(paramsWith(Mats()));
    Mats inputs(1, head.features);
    for (const Mat& constant : head.constants)
        inputs.push_back(constant.clone());
    inputs[1].at<float>(0, 0) = quietNaN;
    Mats outputs, internals;
    for (const int cols : {3, 1, 1, 1, 1})
        outputs.push_back(Mat(2, cols, CV_32F));
    EXPECT_TRUE(refuses([&] { layer->forward(inputs, outputs, internals); },
                        "GMHead: means must be finite"));
}

} // namespace
} // namespace opencv_test
