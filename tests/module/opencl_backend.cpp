// GMHead on OpenCL, where there is a device; PoCL is one.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <opencv2/core/ocl.hpp>

#include "dnn_gm/src/opencl_head.hpp"
#include "module/targets.hpp"

using namespace gm_test;

namespace {

/// The outputs straight from the kernels; of the features' depth.
std::vector<cv::Mat> run_kernels(const HeadCase& head, int depth) {
  const int N = head.features.rows;
  const auto to_device = [&](const cv::Mat& values) {
    cv::Mat converted = values;
    // cv::dnn keeps half floats as CV_16S in OpenCV 4.
    if (depth == CV_16S) cv::convertFp16(values, converted);
    return converted.getUMat(cv::ACCESS_READ).clone();
  };
  cv::dnn_gm::OpenCLHead kernels(
      cv::dnn_gm::MixtureParameters(cv::dnn_gm::Constants::check(head.constants)));
  std::vector<cv::UMat> outputs;
  for (const int width : {head.means().rows, 1, 1, 1, 1, 1}) {
    outputs.push_back(to_device(cv::Mat(N, width, CV_32F, cv::Scalar(kNaN))));
  }
  BOOST_TEST_REQUIRE(kernels.run(to_device(head.features), outputs));
  std::vector<cv::Mat> results;
  for (const cv::UMat& output : outputs) {
    cv::Mat values = output.getMat(cv::ACCESS_READ).clone();
    if (depth == CV_16S) cv::convertFp16(values.clone(), values);
    results.push_back(values);
  }
  return results;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_backend)

BOOST_AUTO_TEST_CASE(has_a_device_where_one_is_demanded) {
  const bool there = has_target(cv::dnn::DNN_BACKEND_OPENCV, cv::dnn::DNN_TARGET_OPENCL);
  std::cout << "OpenCL: "
            << (there ? cv::ocl::Device::getDefault().name() : cv::String("no device")) << '\n';
  BOOST_TEST((there || !std::getenv("GM_EXPECT_OPENCL")));
}

BOOST_AUTO_TEST_CASE(agrees_with_the_cpu_in_a_net) {
  if (has_target(cv::dnn::DNN_BACKEND_OPENCV, cv::dnn::DNN_TARGET_OPENCL)) {
    check_against_cpu(cv::dnn::DNN_BACKEND_OPENCV, cv::dnn::DNN_TARGET_OPENCL, 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(the_kernels_run_and_do_not_fall_back) {
  if (!cv::ocl::useOpenCL()) return;
  for (const HeadCase& head : target_cases())
    BOOST_TEST_CONTEXT("N=" << head.features.rows << " K=" << head.means().rows
                            << " D=" << head.means().cols) {
      const HeadOutputs expected = run(head);
      const HeadOutputs actual(run_kernels(head, CV_32F));
      check_outputs(actual, expected, 1e-5);
      check_p_values(head, actual);
    }
}

BOOST_AUTO_TEST_CASE(half_precision_is_worked_out_in_float32_and_saturates) {
  if (!cv::ocl::useOpenCL()) return;
  HeadCase head = make_case(7, 33, 65, Covariance::kDiagonal, Calibration::kNone);
  cv::Mat half;
  cv::convertFp16(head.features, half);
  cv::convertFp16(half, head.features);
  check_outputs(HeadOutputs(run_kernels(head, CV_16S)), run(head), 1. / 1024);

  HeadCase far = make_case(1, 2, 300, Covariance::kShared, Calibration::kNone);
  far.constants[0] = cv::Scalar(0);
  far.constants[1] = cv::Scalar(0);
  far.features = cv::Scalar(100);
  const HeadOutputs saturated(run_kernels(far, CV_16S));
  BOOST_TEST(saturated.distance.at<float>(0) == 65504.F);
  BOOST_TEST(saturated.log_density.at<float>(0) == -65504.F);
}

BOOST_AUTO_TEST_CASE(features_that_are_not_numbers_are_refused_as_on_the_cpu) {
  if (!cv::ocl::useOpenCL()) return;
  for (const float rubbish : {kNaN, std::numeric_limits<float>::infinity(), 1e30F}) {
    HeadCase head = make_case(3, 5, 40, Covariance::kDiagonal, Calibration::kPerClass);
    head.features.at<float>(1, 17) = rubbish;
    const HeadOutputs actual(run_kernels(head, CV_32F)), expected = run(head);
    BOOST_TEST(actual.distance.at<float>(1) == expected.distance.at<float>(1));
    BOOST_TEST(actual.p_value.at<float>(1) == 0.F);
    BOOST_TEST(cv::norm(actual.prob, expected.prob, cv::NORM_INF) < 1e-4);
  }
}

BOOST_AUTO_TEST_SUITE_END()
