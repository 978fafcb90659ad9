// GMHead on a backend and target, against itself on the CPU.
#pragma once

#include <boost/test/unit_test.hpp>

#include "module/run_head.hpp"

namespace gm_test {

inline bool has_target(cv::dnn::Backend backend, cv::dnn::Target target) {
  const auto targets = cv::dnn::getAvailableTargets(backend);
  return std::find(targets.begin(), targets.end(), target) != targets.end();
}

inline HeadOutputs run_on(cv::dnn::Backend backend, cv::dnn::Target target, const HeadCase& head) {
  cv::dnn::Net net = net_with_head(head.constants);
  net.setPreferableBackend(backend);
  net.setPreferableTarget(target);
  return forward(net, head.features);
}

/// Largest |actual - expected| / max(|expected|, floor).
inline double worst(const cv::Mat& actual, const cv::Mat& expected, double floor) {
  double error = 0;
  for (int i = 0; i < int(expected.total()); ++i) {
    const double a = actual.ptr<float>()[i], e = expected.ptr<float>()[i];
    const double now = std::abs(a - e) / std::max(std::abs(e), floor);
    if (!(now <= error)) error = now;
    if (std::isnan(now)) return now;
  }
  return error;
}

/// Each p-value is that of the features, and each class the one that is expected.
inline void check_p_values(const HeadCase& head, const HeadOutputs& outputs) {
  for (int n = 0; n < outputs.prob.rows; ++n) {
    const Expected expected = reference(head, n);
    BOOST_TEST(is_p_value(outputs.p_value.at<float>(n), head, expected));
    BOOST_TEST(outputs.predicted.at<float>(n) == float(expected.predicted));
  }
}

inline void check_outputs(const HeadOutputs& actual, const HeadOutputs& expected, double relative) {
  BOOST_TEST(worst(actual.distance, expected.distance, 1e-3) < relative);
  BOOST_TEST(worst(actual.log_likelihood, expected.log_likelihood, 1) < relative);
  BOOST_TEST(worst(actual.log_density, expected.log_density, 1) < relative);
  BOOST_TEST(worst(actual.prob, expected.prob, 1) < 10 * relative);
}

/// Shapes that are small, odd, wide, and have more classes than a block of threads does at once.
inline std::vector<HeadCase> target_cases() {
  std::vector<HeadCase> cases;
  for (const auto& [N, K, D] : {std::array<int, 3>{1, 1, 1},
                                {1, 10, 100},
                                {16, 33, 17},
                                {129, 101, 257},
                                {256, 4097, 65},
                                {70, 4300, 5},
                                {3, 9001, 5},
                                {2, 7, 4096}})
    for (const auto covariance :
         {Covariance::kShared, Covariance::kIsotropic, Covariance::kDiagonal})
      for (const auto calibration : {Calibration::kNone, Calibration::kShared,
                                     Calibration::kPerClass, Calibration::kByDistance})
        cases.push_back(make_case(N, K, D, covariance, calibration));
  return cases;
}

/// @param half whether distances come out rounded to half floats
inline void check_against_cpu(cv::dnn::Backend backend, cv::dnn::Target target, double relative,
                              bool half = false) {
  for (const HeadCase& head : target_cases())
    BOOST_TEST_CONTEXT("N=" << head.features.rows << " K=" << head.means().rows
                            << " D=" << head.means().cols) {
      const HeadOutputs outputs = run_on(backend, target, head);
      check_outputs(outputs, run(head), relative);
      if (!half) check_p_values(head, outputs);
    }
}

}  // namespace gm_test
