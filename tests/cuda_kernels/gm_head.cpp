// GMHead's CUDA kernels, run on the host, against float64.
#include "cuda_kernels/host_cuda.hpp"
//
#include "dnn_gm/src/cuda/gm_head_kernels.hpp"
#include "dnn_gm/src/cuda/head_constants.hpp"

namespace cv {
namespace dnn_gm {
namespace cuda {

template <>
struct Element<float16_t> {
  explicit Element(float number) : value(std::fmin(std::fmax(number, -65504.F), 65504.F)) {}
  operator float() const { return float(value); }

  float16_t value;
};

}  // namespace cuda
}  // namespace dnn_gm
}  // namespace cv

#include <boost/test/unit_test.hpp>
#include <cfloat>
#include <random>

#include "module/gm_head_case.hpp"

using namespace gm_test;
namespace cuda = cv::dnn_gm::cuda;

namespace {

/// Keeps a copy whose end AddressSanitizer guards.
struct CopyToHeap {
  const void* operator()(const cv::Mat& values) {
    copies.emplace_back(new unsigned char[values.total() * values.elemSize()]);
    std::memcpy(copies.back().get(), values.data, values.total() * values.elemSize());
    return copies.back().get();
  }

  std::vector<std::unique_ptr<unsigned char[]>> copies;
};

template <typename T>
std::vector<cuda::Element<T>> poisoned(size_t count) {
  return std::vector<cuda::Element<T>>(count, cuda::Element<T>(kNaN));
}

/// The six outputs of the kernels for a case.
template <typename T>
struct KernelOutputs {
  KernelOutputs(const HeadCase& head, uint64_t seed, bool tiles) {
    const int N = head.features.rows, K = head.means().rows;
    CopyToHeap upload;
    const cuda::DeviceHead on_device = cuda::makeDeviceHead(
        cv::dnn_gm::MixtureParameters(cv::dnn_gm::Constants::check(head.constants)), upload);
    std::vector<cuda::Element<T>> features;
    for (int i = 0; i < int(head.features.total()); ++i)
      features.emplace_back(head.features.ptr<float>()[i]);
    prob = poisoned<T>(size_t(N) * K);
    for (auto* score : {&log_likelihood, &log_density, &distance, &p_value, &predicted})
      *score = poisoned<T>(N);
    std::vector<float> joint(size_t(N) * K, kNaN);
    const cv::dnn_gm::Leader nonsense{kNaN, 1 << 30, kNaN, kNaN};
    std::vector<cv::dnn_gm::Leader> partials(size_t(N) * cuda::partialCount(K, tiles), nonsense);
    // In float32, as in the node, prob is the scratch memory as well.
    const bool in_place = sizeof(T) == sizeof(float);
    const cuda::Workspace workspace{in_place ? reinterpret_cast<float*>(prob.data()) : joint.data(),
                                    partials.data()};
    const cuda::Outputs<T> outputs{prob.data(),     log_likelihood.data(), log_density.data(),
                                   distance.data(), p_value.data(),        predicted.data()};
    cuda::runGMHead<T>(HostLaunch{seed}, on_device, features.data(), N, outputs, workspace, tiles);
  }

  std::vector<cuda::Element<T>> prob, log_likelihood, log_density, distance, p_value, predicted;
};

/// |got - wanted| <= relative * max(|wanted|, floor)
bool close(float got, double wanted, double relative, double floor = 0) {
  return std::abs(got - wanted) <= relative * std::max(std::abs(wanted), floor);
}

/// Logarithms are differences of terms as large as the distance and the normaliser.
double log_scale(const Expected& expected) {
  return std::max(expected.distance, std::abs(expected.log_density));
}

void check_float(const HeadCase& head, uint64_t seed, bool tiles) {
  const KernelOutputs<float> outputs(head, seed, tiles);
  const int K = head.means().rows;
  for (int n = 0; n < head.features.rows; ++n) {
    const Expected expected = reference(head, n);
    BOOST_TEST(close(outputs.distance[n], expected.distance, 1e-5));
    BOOST_TEST(
        close(outputs.log_likelihood[n], expected.log_likelihood, 1e-5, log_scale(expected)));
    BOOST_TEST(close(outputs.log_density[n], expected.log_density, 1e-5, log_scale(expected)));
    BOOST_TEST(is_p_value(outputs.p_value[n], head, expected));
    BOOST_TEST(float(outputs.predicted[n]) == float(expected.predicted));
    bool posteriors_close = true;
    for (int k = 0; k < K; ++k)
      posteriors_close &= std::abs(outputs.prob[size_t(n) * K + k] - expected.prob[k]) < 1e-5;
    BOOST_TEST(posteriors_close);
  }
}

void check_both_kernels(const HeadCase& head, uint64_t seed) {
  for (const bool tiles : {false, true})
    BOOST_TEST_CONTEXT("N=" << head.features.rows << " K=" << head.means().rows << " D="
                            << head.means().cols << " seed " << seed << " tiles " << tiles) {
      check_float(head, seed, tiles);
    }
}

HeadCase random_case(std::mt19937& random) {
  const auto up_to = [&](int most) { return 1 + int(random() % unsigned(most)); };
  // Small ones and ones beyond a tile of 64, in every combination.
  const int N = up_to(random() % 2 ? 5 : 150), K = up_to(random() % 2 ? 12 : 200);
  const int D = up_to(random() % 2 ? 17 : 140);
  return make_case(N, K, D, Covariance(random() % 3), Calibration(random() % 4));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gm_head_kernels)

BOOST_AUTO_TEST_CASE(agree_with_float64_on_random_shapes) {
  std::mt19937 random(1);
  for (uint64_t seed = 0; seed < 200; ++seed) check_both_kernels(random_case(random), seed);
}

BOOST_AUTO_TEST_CASE(wide_features_and_many_classes) {
  check_both_kernels(make_case(2, 3, 4096, Covariance::kDiagonal, Calibration::kNone), 1);
  // Several blocks write the posteriors of one row.
  check_both_kernels(make_case(3, 9001, 2, Covariance::kIsotropic, Calibration::kPerClass), 2);
}

BOOST_AUTO_TEST_CASE(half_precision_computes_inside_in_float32) {
  for (const auto& [covariance, tiles] : {std::pair(Covariance::kShared, false),
                                          {Covariance::kIsotropic, true},
                                          {Covariance::kDiagonal, false},
                                          {Covariance::kDiagonal, true}}) {
    HeadCase head = make_case(7, 33, 65, covariance, Calibration::kShared);
    for (int i = 0; i < int(head.features.total()); ++i) {
      float& x = head.features.ptr<float>()[i];
      x = float(cv::float16_t(x));
    }
    const KernelOutputs<cv::float16_t> outputs(head, 3, tiles);
    for (int n = 0; n < head.features.rows; ++n) {
      const Expected expected = reference(head, n);
      const double rounding = 1. / 2048;
      BOOST_TEST(close(outputs.distance[n], expected.distance, rounding * 1.1));
      BOOST_TEST(close(outputs.log_likelihood[n], expected.log_likelihood, rounding * 1.1));
      BOOST_TEST(close(outputs.log_density[n], expected.log_density, rounding * 1.1));
      for (int k = 0; k < 33; ++k)
        BOOST_TEST(close(outputs.prob[size_t(n) * 33 + k], expected.prob[k], rounding * 1.1, 1e-4));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_half_precision_cannot_hold_is_saturated) {
  // 300 coordinates a hundred deviations away: the distance is 3 000 000.
  HeadCase head = make_case(1, 2, 300, Covariance::kShared, Calibration::kNone);
  head.constants[1] = cv::Scalar(0);
  head.constants[0] = cv::Scalar(0);
  head.features = cv::Scalar(100);
  const KernelOutputs<cv::float16_t> outputs(head, 4, true);
  BOOST_TEST(float(outputs.distance[0]) == 65504.F);
  BOOST_TEST(float(outputs.log_likelihood[0]) == -65504.F);
  BOOST_TEST(float(outputs.log_density[0]) == -65504.F);
}

// doc/operator.md, "Special values".
BOOST_AUTO_TEST_CASE(features_that_are_not_numbers_are_refused) {
  const auto infinity = std::numeric_limits<float>::infinity();
  for (const auto& [rubbish, tiles] : {std::pair(kNaN, false),
                                       {infinity, false},
                                       {1e30F, false},
                                       {kNaN, true},
                                       {-infinity, true}}) {
    for (const auto covariance : {Covariance::kShared, Covariance::kDiagonal}) {
      HeadCase head = make_case(3, 5, 40, covariance, Calibration::kPerClass);
      head.features.at<float>(1, 17) = rubbish;
      const KernelOutputs<float> outputs(head, 5, tiles);
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
  HeadCase head = make_case(2, 3, 4, Covariance::kShared, Calibration::kNone);
  head.constants[0].row(1) = cv::Scalar(3e30);
  for (const bool tiles : {false, true}) {
    const KernelOutputs<float> outputs(head, 6, tiles);
    for (int n = 0; n < 2; ++n) {
      BOOST_TEST(float(outputs.prob[size_t(n) * 3 + 1]) == 0.F);
      BOOST_TEST(std::isfinite(float(outputs.log_density[n])));
      BOOST_TEST(float(outputs.distance[n]) < 1e3F);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_equal_classes_the_first_is_predicted) {
  HeadCase head = make_case(2, 130, 3, Covariance::kShared, Calibration::kNone);
  for (int k = 1; k < 130; ++k) head.constants[0].row(0).copyTo(head.constants[0].row(k));
  head.constants[2] = cv::Scalar(-std::log(130.));
  for (const bool tiles : {false, true}) {
    const KernelOutputs<float> outputs(head, 7, tiles);
    for (int n = 0; n < 2; ++n) BOOST_TEST(float(outputs.predicted[n]) == 0.F);
  }
}

BOOST_AUTO_TEST_CASE(a_million_classes) {
  const int K = 1000000;
  HeadCase head = make_case(1, 1, 1, Covariance::kShared, Calibration::kNone);
  head.constants[0] = cv::Mat(K, 1, CV_32F);
  for (int k = 0; k < K; ++k) head.constants[0].at<float>(k) = float(k);
  head.constants[2] = cv::Mat(K, 1, CV_32F, cv::Scalar(-std::log(double(K))));
  head.features.at<float>(0) = float(K - 2);
  check_float(head, 8, true);
}

BOOST_AUTO_TEST_CASE(an_offset_common_to_features_and_means_costs_no_digits) {
  HeadCase head = make_case(33, 9, 128, Covariance::kShared, Calibration::kNone);
  for (cv::Mat* values : {&head.features, &head.constants[0]})
    for (int i = 0; i < int(values->total()); ++i) {
      float& value = values->ptr<float>()[i];
      value = std::round(value * 64) / 64 + 1024;
    }
  check_both_kernels(head, 6);
}

BOOST_AUTO_TEST_SUITE_END()
