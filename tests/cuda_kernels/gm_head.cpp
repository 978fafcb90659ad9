// SPDX-License-Identifier: Apache-2.0
// GMHead's CUDA kernels, run on the host or on a GPU, against float64.
#include "cuda_kernels/head_outputs.hpp"
//
#include <boost/test/unit_test.hpp>

using namespace gm_test;

namespace {

HeadCase random_case(std::mt19937& random) {
  const auto up_to = [&](int most) { return 1 + int(random() % unsigned(most)); };
  // Small ones and ones of several tiles, in every combination.
  const int N = up_to(random() % 2 ? 5 : 40), K = up_to(random() % 2 ? 12 : 200);
  const int D = up_to(random() % 2 ? 17 : 140);
  return makeCase(N, K, D, Covariance(random() % 3), Calibration(random() % 4));
}

/// Inputs half way between a class and the next.
HeadCase between_two(int N, int K, int D, Covariance covariance) {
  HeadCase head = makeCase(N, K, D, covariance, Calibration::SHARED);
  const cv::Mat& means = head.means();
  cv::RNG random(3);
  for (int n = 0; n < N; ++n)
    head.features.row(n) =
        (means.row(n % K) + means.row((n + 1) % K)) / 2 + randomNormal(random, 1, D, 0.1);
  return head;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gm_head_kernels)

BOOST_AUTO_TEST_CASE(agree_with_float64_on_random_shapes) {
  std::mt19937 random(1);
  for (uint64_t seed = 0; seed < random_cases(); ++seed) check_every_way(random_case(random), seed);
}

// A search through thousands takes several steps.
BOOST_AUTO_TEST_CASE(ranks_in_tables_of_any_length) {
  std::mt19937 random(9);
  for (const int Q : {1, 2, 31, 32, 33, 1023, 1024, 1025, 5000}) {
    for (const int lines : {1, 3}) {
      HeadCase head = makeCase(40, 3, 5, Covariance::DIAGONAL, Calibration::NONE);
      cv::RNG values(random());
      head.constants.push_back(randomCalibration(values, 1, lines, Q, 5));
      BOOST_TEST_CONTEXT(Q << " samples, " << lines << " lines") {
        check_float(head, 1, Way::kDirect);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(products_are_taken_where_they_spare_more_than_they_cost) {
  cuda::DeviceHead head = {};
  head.K = 10575;
  head.D = 512;
  head.multiprocessors = 132;
  BOOST_TEST(!cuda::byProducts(head, 16));
  BOOST_TEST(cuda::byProducts(head, 17));
  head.K = 100;
  BOOST_TEST(!cuda::byProducts(head, 256));
  head.multiprocessors = 8;
  BOOST_TEST(cuda::byProducts(head, 256));
  head.K = head.D = 1;
  BOOST_TEST(!cuda::byProducts(head, 256));
}

BOOST_AUTO_TEST_CASE(wide_features_and_many_classes) {
  check_every_way(makeCase(2, 3, 4096, Covariance::DIAGONAL, Calibration::NONE), 1);
  // Several blocks write the posteriors of one row.
  check_every_way(makeCase(3, 9001, 2, Covariance::ISOTROPIC, Calibration::PER_CLASS), 2);
}

BOOST_AUTO_TEST_CASE(half_precision_computes_inside_in_float32) {
  for (const auto& [covariance, way] : {std::pair(Covariance::SHARED, Way::kDirect),
                                        {Covariance::ISOTROPIC, Way::kBFloat16},
                                        {Covariance::DIAGONAL, Way::kDirect},
                                        {Covariance::DIAGONAL, Way::kFloat}}) {
    HeadCase head = makeCase(7, 33, 65, covariance, Calibration::SHARED);
    for (int i = 0; i < int(head.features.total()); ++i) {
      float& x = head.features.ptr<float>()[i];
      x = float(cuda::Element<Half>(x));
    }
    const KernelOutputs<Half> outputs(head, 3, way);
    double worst = 0;
    for (int n = 0; n < head.features.rows; ++n) {
      const Expected expected = reference(head, n);
      const double off = error(outputs.distance[n], expected.distance);
      if (!(off <= worst)) worst = off;
      const double rounding = 1. / 2048;
      BOOST_TEST(close(outputs.distance[n], expected.distance, rounding * 1.1));
      BOOST_TEST(close(outputs.log_likelihood[n], expected.logLikelihood, rounding * 1.1));
      BOOST_TEST(close(outputs.log_density[n], expected.logDensity, rounding * 1.1));
      for (int k = 0; k < 33; ++k)
        BOOST_TEST(close(outputs.prob[size_t(n) * 33 + k], expected.prob[k], rounding * 1.1, 1e-4));
    }
    note_worst("float16", head, way, worst);
  }
}

BOOST_AUTO_TEST_CASE(what_half_precision_cannot_hold_is_saturated) {
  // 300 coordinates a hundred deviations away: the distance is 3 000 000.
  HeadCase head = makeCase(1, 2, 300, Covariance::SHARED, Calibration::NONE);
  head.constants[1] = cv::Scalar(0);
  head.constants[0] = cv::Scalar(0);
  head.features = cv::Scalar(100);
  const KernelOutputs<Half> outputs(head, 4, Way::kBFloat16);
  BOOST_TEST(float(outputs.distance[0]) == 65504.F);
  BOOST_TEST(float(outputs.log_likelihood[0]) == -65504.F);
  BOOST_TEST(float(outputs.log_density[0]) == -65504.F);
}

// operator.md, "Special values".
BOOST_AUTO_TEST_CASE(features_that_are_not_numbers_are_refused) {
  const auto infinity = std::numeric_limits<float>::infinity();
  for (const auto& [rubbish, way] : {std::pair(quietNaN, Way::kDirect),
                                     {infinity, Way::kDirect},
                                     {1e30F, Way::kDirect},
                                     {1e30F, Way::kFloat},
                                     {quietNaN, Way::kBFloat16},
                                     {-infinity, Way::kBFloat16}}) {
    for (const auto covariance : {Covariance::SHARED, Covariance::DIAGONAL}) {
      HeadCase head = makeCase(3, 5, 40, covariance, Calibration::PER_CLASS);
      head.features.at<float>(1, 17) = rubbish;
      const KernelOutputs<float> outputs(head, 5, way);
      BOOST_TEST(float(outputs.distance[1]) == FLT_MAX);
      BOOST_TEST(float(outputs.p_value[1]) == 0.F);
      BOOST_TEST(float(outputs.predicted[1]) == 0.F);
      BOOST_TEST(float(outputs.log_likelihood[1]) == -FLT_MAX / 2);
      BOOST_TEST(float(outputs.log_density[1]) == -FLT_MAX / 2);
      for (int k = 0; k < 5; ++k) BOOST_TEST(float(outputs.prob[5 + k]) == 0.2F);
      BOOST_TEST(float(outputs.distance[0]) < FLT_MAX);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_class_out_of_range_leaves_the_others) {
  HeadCase head = makeCase(2, 3, 4, Covariance::SHARED, Calibration::NONE);
  head.constants[0].row(1) = cv::Scalar(3e30);
  for (const Way way : kEveryWay) {
    const KernelOutputs<float> outputs(head, 6, way);
    for (int n = 0; n < 2; ++n) {
      BOOST_TEST(float(outputs.prob[size_t(n) * 3 + 1]) == 0.F);
      BOOST_TEST(std::isfinite(float(outputs.log_density[n])));
      BOOST_TEST(float(outputs.distance[n]) < 1e3F);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_equal_classes_the_first_is_predicted) {
  HeadCase head = makeCase(2, 130, 3, Covariance::SHARED, Calibration::NONE);
  for (int k = 1; k < 130; ++k) head.constants[0].row(0).copyTo(head.constants[0].row(k));
  head.constants[2] = cv::Scalar(-std::log(130.));
  for (const Way way : kEveryWay) {
    const KernelOutputs<float> outputs(head, 7, way);
    for (int n = 0; n < 2; ++n) BOOST_TEST(float(outputs.predicted[n]) == 0.F);
  }
}

BOOST_AUTO_TEST_CASE(very_many_classes) {
#if defined(__CUDACC__)
  const int K = 1000000;
#else
  const int K = 70000;
#endif
  HeadCase head = makeCase(1, 1, 1, Covariance::SHARED, Calibration::NONE);
  head.constants[0] = cv::Mat(K, 1, CV_32F);
  for (int k = 0; k < K; ++k) head.constants[0].at<float>(k) = float(k);
  head.constants[2] = cv::Mat(K, 1, CV_32F, cv::Scalar(-std::log(double(K))));
  head.features.at<float>(0) = float(K - 2);
  check_float(head, 8, Way::kDirect);
#if defined(__CUDACC__)
  check_float(head, 8, Way::kFloat);
  check_float(head, 8, Way::kBFloat16);
#endif
}

BOOST_AUTO_TEST_CASE(any_number_of_rows_and_classes) {
  for (int N = 1; N <= 17; ++N)
    for (const int K : {1, 2, 19})
      check_every_way(makeCase(N, K, 13, Covariance(N % 3), Calibration::SHARED), 1);
}

BOOST_AUTO_TEST_CASE(inputs_between_two_of_many_classes) {
  for (const auto covariance : {Covariance::SHARED, Covariance::ISOTROPIC, Covariance::DIAGONAL})
    check_every_way(between_two(6, 500, 512, covariance), 2);
}

BOOST_AUTO_TEST_CASE(classes_that_are_hard_to_tell_apart) {
  for (const auto covariance : {Covariance::SHARED, Covariance::ISOTROPIC, Covariance::DIAGONAL}) {
    check_every_way(crowds(6, 150, 130, covariance), 3);
    // So far from one another that no digit of the product is left.
    for (const double spread : {30., 1e4})
      check_every_way(crowds(4, 50, 31, covariance, spread), 4);
  }
}

// All classes but the first together, none of which counts, have about half of the posterior.
BOOST_AUTO_TEST_CASE(many_classes_of_little_share) {
  for (const auto covariance : {Covariance::SHARED, Covariance::DIAGONAL}) {
    HeadCase head = makeCase(4, 1000, 512, covariance, Calibration::NONE);
    head.constants[0] *= 0.02;
    head.constants[1] *= 0.02;
    head.constants[2] = cv::Scalar(std::log(0.5 / 999));
    head.constants[2].at<float>(0) = std::log(0.5F);
    check_every_way(head, 5);
  }
}

BOOST_AUTO_TEST_CASE(an_offset_common_to_hard_classes_costs_no_digits) {
  for (const auto covariance : {Covariance::SHARED, Covariance::DIAGONAL}) {
    HeadCase head = crowds(6, 150, 130, covariance);
    head.features += 1e4;
    head.constants[0] += 1e4;
    check_every_way(head, 5);
  }
}

BOOST_AUTO_TEST_CASE(variances_at_their_limits) {
  for (const auto covariance : {Covariance::SHARED, Covariance::ISOTROPIC, Covariance::DIAGONAL})
    for (const float log_variance : {-78.F, 78.F}) {
      HeadCase head = crowds(3, 40, 30, covariance);
      const double deviation = std::exp(0.5 * log_variance);
      head.constants[1] += log_variance;
      head.features *= deviation;
      head.constants[0] *= deviation;
      check_every_way(head, 6);
    }
}

BOOST_AUTO_TEST_CASE(far_from_all_classes) {
  for (const Way way : kEveryWay)
    for (const double distance : {10., 1e3, 1e5}) {
      HeadCase head = makeCase(5, 60, 130, Covariance::DIAGONAL, Calibration::NONE);
      head.features *= distance;
      const KernelOutputs<float> outputs(head, 7, way);
      for (int n = 0; n < 5; ++n) {
        const Expected expected = reference(head, n);
        BOOST_TEST(float(outputs.predicted[n]) == float(expected.predicted));
        BOOST_TEST(close(outputs.distance[n], expected.distance, 1e-5));
        BOOST_TEST(close(outputs.log_density[n], expected.logDensity, 1e-5));
      }
    }
}

BOOST_AUTO_TEST_CASE(an_offset_common_to_features_and_means_costs_no_digits) {
  HeadCase head = makeCase(33, 9, 128, Covariance::SHARED, Calibration::NONE);
  for (cv::Mat* values : {&head.features, &head.constants[0]})
    for (int i = 0; i < int(values->total()); ++i) {
      float& value = values->ptr<float>()[i];
      value = std::round(value * 64) / 64 + 1024;
    }
  check_every_way(head, 6);
}

BOOST_AUTO_TEST_SUITE_END()
