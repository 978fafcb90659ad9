// SPDX-License-Identifier: Apache-2.0
// GMHead's OpenCL kernels, asked themselves whether they run, where there is a device; PoCL is one.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <opencv2/core/ocl.hpp>

#include "dnn_gm/src/opencl_head.hpp"
#include "dnn_gm/test/test_gm_head_case.hpp"

using namespace opencv_test;

namespace {

bool has_device() {
  const bool there = cv::ocl::useOpenCL();
  BOOST_TEST_REQUIRE((there || !std::getenv("GM_EXPECT_OPENCL")));
  return there;
}

/// The outputs straight from the kernels, in the operator's order; computed in the features' depth.
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
    outputs.push_back(to_device(cv::Mat(N, width, CV_32F, cv::Scalar(quietNaN))));
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

bool close(float got, double wanted, double relative, double floor) {
  return std::abs(got - wanted) < relative * std::max(std::abs(wanted), floor);
}

void check_accuracy(const HeadCase& head, const std::vector<cv::Mat>& outputs, double relative) {
  for (int n = 0; n < head.features.rows; ++n) {
    const Expected expected = reference(head, n);
    for (int k = 0; k < head.means().rows; ++k) {
      BOOST_TEST(close(outputs[0].at<float>(n, k), expected.prob[size_t(k)], 10 * relative, 1));
    }
    BOOST_TEST(close(outputs[1].at<float>(n), expected.logLikelihood, relative, 1));
    BOOST_TEST(close(outputs[2].at<float>(n), expected.logDensity, relative, 1));
    BOOST_TEST(close(outputs[3].at<float>(n), expected.distance, relative, 1e-3));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opencl_kernels)

BOOST_AUTO_TEST_CASE(run_and_do_not_fall_back) {
  if (!has_device()) return;
  for (const auto covariance : {Covariance::SHARED, Covariance::ISOTROPIC, Covariance::DIAGONAL})
    for (const auto calibration : {Calibration::NONE, Calibration::SHARED, Calibration::PER_CLASS,
                                   Calibration::BY_DISTANCE}) {
      const HeadCase head = makeCase(16, 33, 17, covariance, calibration);
      const auto outputs = run_kernels(head, CV_32F);
      check_accuracy(head, outputs, 1e-5);
      for (int n = 0; n < 16; ++n) {
        const Expected expected = reference(head, n);
        BOOST_TEST(isPValue(outputs[4].at<float>(n), head, expected));
        BOOST_TEST(outputs[5].at<float>(n) == float(expected.predicted));
      }
    }
}

BOOST_AUTO_TEST_CASE(half_precision_is_worked_out_in_float32_and_saturates) {
  if (!has_device()) return;
  HeadCase head = makeCase(7, 33, 65, Covariance::DIAGONAL, Calibration::NONE);
  cv::Mat half;
  cv::convertFp16(head.features, half);
  cv::convertFp16(half, head.features);
  check_accuracy(head, run_kernels(head, CV_16S), 1. / 1024);

  HeadCase far = makeCase(1, 2, 300, Covariance::SHARED, Calibration::NONE);
  far.constants[0] = cv::Scalar(0);
  far.constants[1] = cv::Scalar(0);
  far.features = cv::Scalar(100);
  const auto saturated = run_kernels(far, CV_16S);
  BOOST_TEST(saturated[3].at<float>(0) == 65504.F);
  BOOST_TEST(saturated[2].at<float>(0) == -65504.F);
}

BOOST_AUTO_TEST_SUITE_END()
