#include <boost/test/unit_test.hpp>
#include <functional>

#include "module/run_head.hpp"

using namespace gm_test;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::function<bool(const cv::Exception&)> says(const std::string& part) {
  return [part](const cv::Exception& error) {
    const bool found = error.err.find(part) != std::string::npos;
    if (!found) BOOST_TEST_MESSAGE("said instead: " << error.err);
    return found;
  };
}

HeadCase good_case() {
  return make_case(2, 3, 5, Covariance::kDiagonal, Calibration::kPerClass);
}

/// A layer with these constants is refused when it is made, with `part` in the message.
void refuses(const std::string& part, const std::function<void(std::vector<cv::Mat>&)>& damage) {
  std::vector<cv::Mat> constants;
  for (const cv::Mat& constant : good_case().constants) constants.push_back(constant.clone());
  cv::dnn_gm::GMHeadLayer::create(params_with(constants));
  damage(constants);
  BOOST_TEST_CONTEXT(part) {
    BOOST_CHECK_EXCEPTION(cv::dnn_gm::GMHeadLayer::create(params_with(constants)), cv::Exception,
                          says("GMHead: " + part));
  }
}

void refuses_attributes(const std::string& part,
                        const std::function<void(cv::dnn::LayerParams&)>& damage) {
  cv::dnn::LayerParams params = params_with(good_case().constants);
  damage(params);
  BOOST_TEST_CONTEXT(part) {
    BOOST_CHECK_EXCEPTION(cv::dnn_gm::GMHeadLayer::create(params), cv::Exception,
                          says("GMHead: attribute " + part));
  }
}

std::vector<cv::dnn::MatShape> output_shapes(const std::vector<cv::Mat>& constants,
                                             const std::vector<cv::dnn::MatShape>& inputs) {
  std::vector<cv::dnn::MatShape> outputs, internals;
  cv::dnn_gm::GMHeadLayer::create(params_with(constants))
      ->getMemoryShapes(inputs, 0, outputs, internals);
  return outputs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gm_head_checks)

BOOST_AUTO_TEST_CASE(missing_and_surplus_constants_are_named) {
  using Mats = std::vector<cv::Mat>;
  refuses("input log_variances is missing", [](Mats& mats) { mats.resize(1); });
  refuses("input log_priors is missing", [](Mats& mats) { mats.resize(2); });
  refuses("expected the 4 constants means, log_variances, log_priors and calibration, got 5",
          [](Mats& mats) { mats.resize(5); });
  refuses("means is empty", [](Mats& mats) { mats[0] = cv::Mat(); });
  refuses("log_variances is empty", [](Mats& mats) { mats[1] = cv::Mat(); });
  refuses("log_priors is empty", [](Mats& mats) { mats[2] = cv::Mat(); });
}

BOOST_AUTO_TEST_CASE(other_types_than_float32_are_named) {
  const char* const names[] = {"means", "log_variances", "log_priors", "calibration"};
  for (size_t i = 0; i < 4; ++i) {
    refuses(std::string(names[i]) + " must be float32, got CV_64FC1",
            [i](auto& mats) { mats[i].convertTo(mats[i], CV_64F); });
  }
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
  using Mats = std::vector<cv::Mat>;
  refuses("means must be [K,D], got [3,5,1]", [](Mats& mats) {
    mats[0] = mats[0].reshape(1, {3, 5, 1});
  });
  const auto log_variances = [](int rows, int cols) {
    return [=](Mats& mats) { mats[1] = cv::Mat::zeros(rows, cols, CV_32F); };
  };
  const std::string wanted = "log_variances must be [K,D]=[3,5], [K,1]=[3,1] or [1,1], got ";
  refuses(wanted + "[3,4]", log_variances(3, 4));
  refuses(wanted + "[2,5]", log_variances(2, 5));
  refuses(wanted + "[1,5]", log_variances(1, 5));
  refuses(wanted + "[1,3]", log_variances(1, 3));
  refuses("log_priors must be [K]=[3], got [4,1]",
          [](Mats& mats) { mats[2] = cv::Mat::zeros(4, 1, CV_32F); });
  refuses("log_priors must be [K]=[3], got [1,3]",
          [](Mats& mats) { mats[2] = mats[2].reshape(1, 1); });
  const auto calibration = [](const std::vector<int>& sizes) {
    return [=](Mats& mats) { mats[3] = cv::Mat(sizes, CV_32F, cv::Scalar(0)); };
  };
  const std::string tables = "calibration must be [R,3,Q] or [R,1,Q] with R = 1 or K = 3, got ";
  refuses(tables + "[2,3,7]", calibration({2, 3, 7}));
  refuses(tables + "[3,2,7]", calibration({3, 2, 7}));
  refuses(tables + "[3,7]", calibration({3, 7}));
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_named) {
  const char* const names[] = {"means", "log_variances", "log_priors"};
  for (size_t i = 0; i < 3; ++i)
    for (const float value : {kNaN, kInfinity, -kInfinity}) {
      refuses(std::string(names[i]) + " must be finite, value 2 is ",
              [=](auto& mats) { mats[i].template ptr<float>()[2] = value; });
    }
}

BOOST_AUTO_TEST_CASE(log_variances_beyond_float32_are_named) {
  for (const float value : {-80.5F, 81.F}) {
    refuses("log_variances must be within [-80,80], value 7 is ",
            [=](auto& mats) { mats[1].template ptr<float>()[7] = value; });
  }
}

BOOST_AUTO_TEST_CASE(priors_that_are_no_distribution_are_named) {
  refuses("log_priors must be logarithms of probabilities that sum to 1, these sum to 3",
          [](auto& mats) { mats[2].setTo(0); });
  refuses("log_priors must be logarithms", [](auto& mats) { mats[2].setTo(1.F / 3); });
}

BOOST_AUTO_TEST_CASE(calibrations_that_cannot_be_are_named) {
  const auto value_at = [](int row, int line, int q, float value) {
    return [=](std::vector<cv::Mat>& mats) { mats[3].at<float>(row, line, q) = value; };
  };
  refuses("calibration must be finite: table 0, line 1, value 6 is inf",
          value_at(0, 1, 6, kInfinity));
  refuses("calibration must ascend within a line: table 2, line 0, value 4 is -1 after ",
          value_at(2, 0, 4, -1));
  refuses("calibration must have NaN at the end of a line only: table 2, line 1, value 3 is ",
          value_at(2, 1, 2, kNaN));
  refuses(
      "calibration must have lines of one length in a table: table 1 has 6 numbers in line 0 and "
      "5 in line 2",
      value_at(1, 2, 5, kNaN));
}

BOOST_AUTO_TEST_CASE(attributes_are_read_and_checked) {
  using cv::dnn::LayerParams;
  LayerParams params = params_with(good_case().constants);
  params.set("labels", "cat\na dog\n\xC3\xA9l\xC3\xA9phant\n");
  params.set("accept_rate", 0.95F);
  params.set("input_height", 28);
  params.set("input_width", 32);
  params.set("input_channels", 3);
  params.set("channel_order", "BGR");
  params.set("calibrated_on", "5000 held-out images");
  params.set("resize_height", 56);
  params.set("resize_mode", "letterbox");
  params.set("interpolation", "cubic");
  params.set("fill", 114);
  const auto list = [](std::vector<double> values) {
    return cv::dnn::DictValue::arrayReal(values.data(), int(values.size()));
  };
  params.set("picture_widths", list({20, 40}));
  params.set("pixel_deviations", list({1.5, 80}));
  params.set("risks", list({0.01, 0.05}));
  params.set("risk_confidences", list({1, 0.5}));
  const auto layer = cv::dnn_gm::GMHeadLayer::create(params);
  BOOST_TEST(layer->labels == (std::vector<std::string>{"cat", "a dog", "\xC3\xA9l\xC3\xA9phant"}),
             boost::test_tools::per_element());
  BOOST_TEST(layer->acceptRate == 0.95F);
  BOOST_TEST((layer->preparation.inputSize == cv::Size(32, 28)));
  BOOST_TEST((layer->preparation.resizeSize == cv::Size(32, 56)));
  BOOST_TEST(layer->preparation.resizeMode == "letterbox");
  BOOST_TEST(layer->preparation.interpolation == "cubic");
  BOOST_TEST(layer->preparation.fill == 114);
  BOOST_TEST(layer->preparation.channelOrder == "BGR");
  BOOST_TEST((layer->pictureWidths == std::vector<int>{20, 40}));
  BOOST_TEST((layer->pixelDeviations == std::vector<float>{1.5F, 80}));
  BOOST_TEST((layer->risks == std::vector<float>{0.01F, 0.05F}));
  BOOST_TEST((layer->riskConfidences == std::vector<float>{1, 0.5F}));
  BOOST_TEST(layer->calibratedOn == "5000 held-out images");
  BOOST_TEST(layer->classCount() == 3);
  BOOST_TEST(layer->isCalibrated());

  refuses_attributes("labels must be K=3 lines, got 2",
                     [](LayerParams& p) { p.set("labels", "a\nb"); });
  for (const float rate : {0.F, -0.1F, 1.1F, kNaN}) {
    refuses_attributes("accept_rate must be within (0,1], got ",
                       [=](LayerParams& p) { p.set("accept_rate", rate); });
  }
  for (const std::string name : {"input_height", "input_width", "input_channels"}) {
    refuses_attributes(name + " must be positive, got 0", [=](LayerParams& p) { p.set(name, 0); });
  }
  refuses_attributes("channel_order must be GRAY, BGR or RGB, got CMYK",
                     [](LayerParams& p) { p.set("channel_order", "CMYK"); });
  refuses_attributes("resize_mode must be stretch, crop_center or letterbox, got fit",
                     [](LayerParams& p) { p.set("resize_mode", "fit"); });
  refuses_attributes("interpolation must be ",
                     [](LayerParams& p) { p.set("interpolation", "bi"); });
  refuses_attributes("fill must be within [0,255], got 256",
                     [](LayerParams& p) { p.set("fill", 256); });
  refuses_attributes("the resize size must be at least the input size 28x28, got 27x28",
                     [](LayerParams& p) {
                       p.set("input_width", 28);
                       p.set("input_height", 28);
                       p.set("resize_width", 27);
                     });
  for (const std::string name : {"fill", "input_height", "resize_width", "input_channels"}) {
    refuses_attributes(name + " must be one whole number",
                       [=](LayerParams& p) { p.set(name, "28x"); });
    refuses_attributes(name + " must be one whole number",
                       [=](LayerParams& p) { p.set(name, 1.5); });
    refuses_attributes(name + " must be one whole number", [=](LayerParams& p) {
      p.set(name, list({1, 2}));
    });
  }
  for (const std::string name : {"labels", "resize_mode", "channel_order", "calibrated_on"}) {
    refuses_attributes(name + " must be a string", [=](LayerParams& p) { p.set(name, 3); });
  }
  refuses_attributes("accept_rate must be numbers",
                     [](LayerParams& p) { p.set("accept_rate", "0.9"); });
  refuses_attributes("resize_width must be at most 32768, got 1000000000",
                     [](LayerParams& p) { p.set("resize_width", 1000000000); });
  refuses_attributes("picture_heights must be the least and the largest", [=](LayerParams& p) {
    p.set("picture_heights", list({3, 2}));
  });
  refuses_attributes("risk_confidences must be one for each of the 2 risks, got 0",
                     [=](LayerParams& p) {
                       p.set("risks", list({0.1, 0.2}));
                     });
  refuses_attributes("risks must ascend within (0,1], value 1 is 0.1", [=](LayerParams& p) {
    p.set("risks", list({0.1, 0.1}));
    p.set("risk_confidences", list({0, 0}));
  });
  refuses_attributes("input_channels must be 1 with channel_order GRAY, got 3", [](LayerParams& p) {
    p.set("channel_order", "GRAY");
    p.set("input_channels", 3);
  });
}

BOOST_AUTO_TEST_CASE(shapes_are_inferred_for_any_batch_and_request) {
  const auto constants = good_case().constants;
  for (const int N : {0, 1, 9}) {
    const auto shapes = output_shapes(constants, {{N, 5}});
    const std::vector<cv::dnn::MatShape> expected = {{N, 3}, {N, 1}, {N, 1},
                                                     {N, 1}, {N, 1}, {N, 1}};
    BOOST_TEST((shapes == expected));
  }
}

BOOST_AUTO_TEST_CASE(wrong_inputs_are_named) {
  const auto constants = good_case().constants;
  const auto fails = [](const std::vector<cv::Mat>& blobs,
                        const std::vector<cv::dnn::MatShape>& inputs, const std::string& part) {
    BOOST_CHECK_EXCEPTION(output_shapes(blobs, inputs), cv::Exception, says("GMHead: " + part));
  };
  fails(constants, {{2, 6}}, "features must be [N,D] with D=5 as in means, got [2,6]");
  fails(constants, {{2, 5, 1, 1}}, "features must be [N,D] with D=5 as in means, got [2,5,1,1]");
  fails(constants, {}, "expected the one input features beside its constants, got 0");
  fails(constants, {{2, 5}, {3, 5}}, "expected the one input features beside its constants, got 2");
  fails({}, {{2, 5}},
        "missing inputs: expected features, means, log_variances, log_priors and "
        "calibration, got 1 of them");
  fails({}, {{2, 5}, {3, 6}, {1, 1}, {3, 1}}, "features must be [N,D] with D=6 as in means");
  fails({}, {{2, 5}, {15}, {1, 1}, {3, 1}}, "means must be [K,D]");

  cv::dnn::Net net = net_with_head(constants);
  BOOST_CHECK_EXCEPTION(forward(net, cv::Mat::zeros(2, 6, CV_32F)), cv::Exception,
                        says("features must be [N,D] with D=5"));
}

BOOST_AUTO_TEST_CASE(constants_that_come_as_inputs_are_checked_too) {
  HeadCase head = good_case();
  const auto layer = cv::dnn_gm::GMHeadLayer::create(params_with({}));
  std::vector<cv::Mat> inputs = {head.features};
  for (const cv::Mat& constant : head.constants) inputs.push_back(constant.clone());
  inputs[1].at<float>(0, 0) = kNaN;
  std::vector<cv::Mat> outputs, internals;
  for (const int cols : {3, 1, 1, 1, 1}) outputs.emplace_back(2, cols, CV_32F);
  BOOST_CHECK_EXCEPTION(layer->forward(inputs, outputs, internals), cv::Exception,
                        says("GMHead: means must be finite"));
}

BOOST_AUTO_TEST_SUITE_END()
