#include <boost/test/unit_test.hpp>

#include "module/run_head.hpp"

using namespace gm_test;

namespace {

constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

HeadCase four_classes(Calibration calibration) {
  return make_case(2, 4, 19, Covariance::kDiagonal, calibration);
}

/// As doc/operator.md has it for a distance that is not a float32 number.
void check_disbelieved(const HeadOutputs& outputs, int n) {
  for (int k = 0; k < outputs.prob.cols; ++k) {
    BOOST_TEST(outputs.prob.at<float>(n, k) == 1.F / float(outputs.prob.cols));
  }
  BOOST_TEST(outputs.distance.at<float>(n) == kLargest);
  BOOST_TEST(outputs.log_likelihood.at<float>(n) == -0.5F * kLargest);
  BOOST_TEST(outputs.log_density.at<float>(n) == -0.5F * kLargest);
  BOOST_TEST(outputs.p_value.at<float>(n) == 0.F);
  BOOST_TEST(outputs.predicted.at<float>(n) == 0.F);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gm_head_special_values)

BOOST_AUTO_TEST_CASE(features_that_are_not_numbers_or_too_large_are_disbelieved) {
  for (const auto calibration :
       {Calibration::kNone, Calibration::kShared, Calibration::kPerClass, Calibration::kByDistance})
    for (const float value : {kNaN, kInfinity, -kInfinity, 1e30F, -1e30F, kLargest, -kLargest})
      for (const int column : {0, 16, 18})
        BOOST_TEST_CONTEXT("value " << value << " in column " << column) {
          HeadCase head = four_classes(calibration);
          const HeadOutputs untouched = run(head);
          head.features.at<float>(1, column) = value;
          const HeadOutputs outputs = run(head);
          check_disbelieved(outputs, 1);
          BOOST_TEST(cv::norm(outputs.prob.row(0), untouched.prob.row(0), cv::NORM_INF) == 0);
        }
}

BOOST_AUTO_TEST_CASE(all_features_extreme_are_disbelieved) {
  for (const float value : {kNaN, kInfinity, 1e30F}) {
    HeadCase head = four_classes(Calibration::kShared);
    head.features.row(1).setTo(value);
    check_disbelieved(run(head), 1);
  }
}

BOOST_AUTO_TEST_CASE(large_distances_that_are_numbers_keep_their_order) {
  // 1e38 and 4e36: the posterior is certain of the nearer class, nothing overflows.
  const HeadCase head{matrix(1, 1, {1e19F}),
                      {matrix(2, 1, {0, 8e18F}), matrix(1, 1, {0}),
                       matrix(2, 1, {std::log(0.5F), std::log(0.5F)}), tables(1, 1, {1, 2})}};
  const HeadOutputs outputs = run(head);
  BOOST_TEST(outputs.prob.at<float>(0, 0) == 0.F);
  BOOST_TEST(outputs.prob.at<float>(0, 1) == 1.F);
  const auto near = boost::test_tools::tolerance(1e-5F);
  BOOST_TEST(outputs.distance.at<float>(0) == 4e36F, near);
  BOOST_TEST(outputs.log_likelihood.at<float>(0) == -2e36F, near);
  BOOST_TEST(outputs.log_density.at<float>(0) == -2e36F, near);
  BOOST_TEST(outputs.p_value.at<float>(0) == 1.F / 3);
}

BOOST_AUTO_TEST_CASE(one_class_out_of_range_leaves_the_others_alone) {
  const HeadCase head{matrix(1, 1, {0.5F}),
                      {matrix(3, 1, {1e30F, 0, 1}), matrix(1, 1, {0}),
                       matrix(3, 1, std::vector<float>(3, std::log(1.F / 3))), tables(1, 1, {1})}};
  const HeadOutputs outputs = run(head);
  BOOST_TEST(outputs.prob.at<float>(0, 0) == 0.F);
  BOOST_TEST(outputs.prob.at<float>(0, 1) == 0.5F);
  BOOST_TEST(outputs.prob.at<float>(0, 2) == 0.5F);
  BOOST_TEST(outputs.distance.at<float>(0) == 0.25F);
  BOOST_TEST(outputs.p_value.at<float>(0) == 1.F);
}

BOOST_AUTO_TEST_CASE(variances_at_their_limits_agree_with_float64) {
  for (const float log_variance : {-80.F, 80.F}) {
    HeadCase head = make_case(5, 3, 17, Covariance::kIsotropic, Calibration::kNone);
    head.constants[1].setTo(log_variance);
    // Of the order of a standard deviation, or the distances would leave float32.
    const double deviation = std::exp(0.5 * log_variance);
    head.features *= deviation;
    head.constants[0] *= deviation;
    const HeadOutputs outputs = run(head);
    const auto near = boost::test_tools::tolerance(1e-5);
    for (int n = 0; n < 5; ++n) {
      const Expected expected = reference(head, n);
      BOOST_TEST(double(outputs.distance.at<float>(n)) == expected.distance, near);
      BOOST_TEST(double(outputs.log_likelihood.at<float>(n)) == expected.log_likelihood, near);
      BOOST_TEST(double(outputs.log_density.at<float>(n)) == expected.log_density, near);
    }
  }
}

BOOST_AUTO_TEST_CASE(classes_that_tie_share_the_posterior_and_the_first_is_the_predicted) {
  // The tables of the calibration tell which class was taken.
  const HeadCase head{matrix(1, 1, {0}),
                      {matrix(2, 1, {1, -1}), matrix(1, 1, {0}),
                       matrix(2, 1, {std::log(0.5F), std::log(0.5F)}), tables(2, 1, {0.5F, 2})}};
  const HeadOutputs outputs = run(head);
  BOOST_TEST(outputs.prob.at<float>(0, 0) == 0.5F);
  BOOST_TEST(outputs.prob.at<float>(0, 1) == 0.5F);
  BOOST_TEST(outputs.p_value.at<float>(0) == 0.5F);
}

BOOST_AUTO_TEST_CASE(every_encoding_of_not_calibrated_gives_p_value_one) {
  const HeadCase bare = four_classes(Calibration::kNone);
  const cv::Mat encodings[] = {cv::Mat(), tables(1, 1, {kNaN}),
                               tables(4, 3, std::vector<float>(24, kNaN))};
  for (const cv::Mat& encoding : encodings) {
    HeadCase head = bare;
    head.constants.push_back(encoding);
    BOOST_TEST(!cv::dnn_gm::GMHeadLayer::create(params_with(head.constants))->isCalibrated());
    const HeadOutputs outputs = run(head);
    BOOST_TEST(outputs.p_value.at<float>(0) == 1.F);
    BOOST_TEST(outputs.p_value.at<float>(1) == 1.F);
  }
}

BOOST_AUTO_TEST_SUITE_END()
