// SPDX-License-Identifier: Apache-2.0
// GMHead's CUDA kernels, run on the host or on a GPU, against float64.
#include "cuda_kernels/machine.hpp"
//
#include "dnn_gm/src/cuda/gm_head_kernels.hpp"
#include "dnn_gm/src/cuda/head_constants.hpp"

#if defined(__CUDACC__)
#include "dnn_gm/src/cuda/cublas_product.hpp"
#include "dnn_gm/src/cuda/half_element.hpp"
using Half = __half;
#else
using Half = cv::float16_t;
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
#endif

#include <boost/test/unit_test.hpp>
#include <cfloat>
#include <random>

#include "cuda_kernels/random_cases.hpp"
#include "cuda_kernels/upload.hpp"
#include "dnn_gm/test/test_gm_head_case.hpp"

using namespace gm_test;
using namespace opencv_test;
namespace cuda = cv::dnn_gm::cuda;

namespace {

/// What does log p(x,k) of all classes.
enum class Way { kDirect, kFloat, kBFloat16 };

const std::vector<Way> kEveryWay{Way::kDirect, Way::kFloat, Way::kBFloat16};

const char* name_of(Way way) {
  return way == Way::kDirect  ? "direct"
         : way == Way::kFloat ? "float32 products"
                              : "bfloat16 products";
}

#if defined(__CUDACC__)

/// Products by cuBLAS on the one stream.
cuda::CublasProduct the_product() {
  static const cublasHandle_t handle = [] {
    cublasHandle_t made = nullptr;
    if (cublasCreate(&made) != CUBLAS_STATUS_SUCCESS ||
        cublasSetStream(made, the_stream()) != CUBLAS_STATUS_SUCCESS)
      throw std::runtime_error("no cuBLAS");
    return made;
  }();
  return {handle, [](const std::string& message) { throw std::runtime_error(message); }};
}

#else

/// The next float toward zero, where the value is none.
float cut_off(double value) {
  const auto rounded = float(value);
  return std::abs(double(rounded)) > std::abs(value) ? std::nextafter(rounded, 0.F) : rounded;
}

/// A product as tensor cores make it: 16 terms at a time, what does not fit into the sum cut off.
struct HostProduct {
  static float number(float value) { return value; }
  static float number(cuda::BFloat16 value) { return cuda::toFloat(value); }

  template <typename Operand>
  __attribute__((no_sanitize("address", "undefined"))) void operator()(const Operand* means,
                                                                       const Operand* features,
                                                                       int K, int N, int depth,
                                                                       float* out) const {
    for (int n = 0; n < N; ++n)
      for (int k = 0; k < K; ++k) {
        float sum = 0;
        for (int start = 0; start < depth; start += 16) {
          double terms = sum;
          for (int d = start; d < std::min(start + 16, depth); ++d)
            terms += double(number(features[size_t(n) * depth + d])) *
                     number(means[size_t(k) * depth + d]);
          sum = cut_off(terms);
        }
        out[size_t(n) * K + k] = sum;
      }
  }
};

HostProduct the_product() {
  return {};
}

#endif

/// The six outputs of the kernels for a case.
template <typename T>
struct KernelOutputs {
  using Values = std::vector<cuda::Element<T>>;

  KernelOutputs(const HeadCase& head, uint64_t seed, Way way) {
    const size_t N = head.features.rows, K = head.means().rows, pitch = cuda::jointPitch(int(K));
    const cv::dnn_gm::MixtureParameters parameters(cv::dnn_gm::Constants::check(head.constants));
    Upload upload;
    cuda::DeviceHead on_device = cuda::makeDeviceHead(parameters, upload);
    on_device.bfloat16 = way == Way::kBFloat16;
    Values given;
    for (size_t i = 0; i < head.features.total(); ++i)
      given.emplace_back(head.features.ptr<float>()[i]);
    const Memory<cuda::Element<T>> features(given);
    // An Element<Half> made of NaN is saturated, a number that is tested for.
    const cuda::Element<T> poison(sizeof(T) == sizeof(float) ? quietNaN : 12345);
    const auto unwritten = [&](size_t count) {
      return Memory<cuda::Element<T>>::to_be_written(count, poison);
    };
    const auto all_prob = unwritten(N * K), likelihoods = unwritten(N), densities = unwritten(N),
               distances = unwritten(N), p_values = unwritten(N), classes = unwritten(N);
    const cuda::Outputs<T> outputs{all_prob.data(),  likelihoods.data(), densities.data(),
                                   distances.data(), p_values.data(),    classes.data()};
    const auto joint = Memory<float>::to_be_written(N * pitch, quietNaN);
    if (way == Way::kDirect) {
      const auto partials = Memory<cv::dnn_gm::Leader>::to_be_written(
          N * size_t(cuda::partialCount(int(K))), {quietNaN, 1 << 30, quietNaN, quietNaN});
      const cuda::Workspace workspace{joint.data(), partials.data(), nullptr, nullptr};
      cuda::runGMHead<T>(Launch{seed}, the_product(), on_device, nullptr, features.data(), int(N),
                         outputs, workspace);
    } else {
      cuda::DeviceProducts products = cuda::makeDeviceProducts(parameters, on_device, upload);
      const size_t row = products.depth * cuda::operandSize(on_device);
      const auto means = Memory<unsigned char>::to_be_written(pitch * row, 0xff);
      const auto operands = Memory<unsigned char>::to_be_written(N * row, 0xff);
      const auto squares = Memory<float>::to_be_written(N, quietNaN);
      products.operands = means.data();
      cuda::packMeans(Launch{seed}, on_device, products);
      const cuda::Workspace workspace{joint.data(), nullptr, operands.data(), squares.data()};
      cuda::runGMHead<T>(Launch{seed}, the_product(), on_device, &products, features.data(), int(N),
                         outputs, workspace);
    }
    prob = all_prob.values(poison);
    log_likelihood = likelihoods.values(poison);
    log_density = densities.values(poison);
    distance = distances.values(poison);
    p_value = p_values.values(poison);
    predicted = classes.values(poison);
  }

  Values prob, log_likelihood, log_density, distance, p_value, predicted;
};

/// |got - wanted| in units of max(|wanted|, floor).
double error(float got, double wanted, double floor = 0) {
  return std::abs(got - wanted) / std::max(std::abs(wanted), floor);
}

/// |got - wanted| <= relative * max(|wanted|, floor)
bool close(float got, double wanted, double relative, double floor = 0) {
  return std::abs(got - wanted) <= relative * std::max(std::abs(wanted), floor);
}

/// Logarithms are differences of terms as large as the distance and the normaliser.
double log_scale(const Expected& expected) {
  return std::max(expected.distance, std::abs(expected.logDensity));
}

void note_worst(const std::string& type, const HeadCase& head, Way way, double worst) {
  const cv::Mat& variances = head.logVariances();
  const std::string form = variances.cols > 1   ? "diagonal"
                           : variances.rows > 1 ? "isotropic"
                                                : "shared";
  WorstErrors::instance().note("head, " + type + ", " + form + ", " + name_of(way), worst,
                               std::to_string(head.features.rows) + " x " +
                                   std::to_string(head.means().rows) + " x " +
                                   std::to_string(head.means().cols));
}

void check_float(const HeadCase& head, uint64_t seed, Way way) {
  const KernelOutputs<float> outputs(head, seed, way);
  const int K = head.means().rows;
  double worst = 0;
  const auto note = [&](double off) {
    if (!(off <= worst)) worst = off;
  };
  const auto check = [&](float got, double wanted, double floor) {
    BOOST_TEST(close(got, wanted, 1e-5, floor));
    note(error(got, wanted, std::max(floor, 1e-30)));
  };
  for (int n = 0; n < head.features.rows; ++n) {
    const Expected expected = reference(head, n);
    check(outputs.distance[n], expected.distance, 0);
    check(outputs.log_likelihood[n], expected.logLikelihood, log_scale(expected));
    check(outputs.log_density[n], expected.logDensity, log_scale(expected));
    BOOST_TEST(isPValue(outputs.p_value[n], head, expected));
    BOOST_TEST(float(outputs.predicted[n]) == float(expected.predicted));
    double worst_posterior = 0;
    for (int k = 0; k < K; ++k) {
      const double off = std::abs(outputs.prob[size_t(n) * K + k] - expected.prob[k]);
      if (!(off <= worst_posterior)) worst_posterior = off;
    }
    BOOST_TEST(worst_posterior < 1e-5);
    note(worst_posterior);
  }
  note_worst("float32", head, way, worst);
}

void check_every_way(const HeadCase& head, uint64_t seed) {
  for (const Way way : kEveryWay)
    BOOST_TEST_CONTEXT("N=" << head.features.rows << " K=" << head.means().rows << " D="
                            << head.means().cols << " seed " << seed << " " << name_of(way)) {
      check_float(head, seed, way);
    }
}

HeadCase random_case(std::mt19937& random) {
  const auto up_to = [&](int most) { return 1 + int(random() % unsigned(most)); };
  // Small ones and ones beyond a tile of 64, in every combination.
  const int N = up_to(random() % 2 ? 5 : 150), K = up_to(random() % 2 ? 12 : 200);
  const int D = up_to(random() % 2 ? 17 : 140);
  return makeCase(N, K, D, Covariance(random() % 3), Calibration(random() % 4));
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
                                        {Covariance::ISOTROPIC, Way::kFloat},
                                        {Covariance::DIAGONAL, Way::kDirect},
                                        {Covariance::DIAGONAL, Way::kBFloat16}}) {
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

BOOST_AUTO_TEST_CASE(a_million_classes) {
  const int K = 1000000;
  HeadCase head = makeCase(1, 1, 1, Covariance::SHARED, Calibration::NONE);
  head.constants[0] = cv::Mat(K, 1, CV_32F);
  for (int k = 0; k < K; ++k) head.constants[0].at<float>(k) = float(k);
  head.constants[2] = cv::Mat(K, 1, CV_32F, cv::Scalar(-std::log(double(K))));
  head.features.at<float>(0) = float(K - 2);
  check_float(head, 8, Way::kDirect);
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
