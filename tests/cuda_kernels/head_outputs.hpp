// SPDX-License-Identifier: Apache-2.0
// GMHead's CUDA kernels on features, on the host or on a GPU, and their outputs against float64.
#pragma once

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

namespace gm_test {

using namespace opencv_test;
namespace cuda = cv::dnn_gm::cuda;

/// What does log p(x,k) of all classes.
enum class Way { kDirect, kFloat, kBFloat16 };

inline const std::vector<Way> kEveryWay{Way::kDirect, Way::kFloat, Way::kBFloat16};

inline const char* name_of(Way way) {
  return way == Way::kDirect  ? "direct"
         : way == Way::kFloat ? "float32 products"
                              : "bfloat16 products";
}

#if defined(__CUDACC__)

/// Products by cuBLAS on the one stream.
inline cuda::CublasProduct the_product() {
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
inline float cut_off(double value) {
  const auto rounded = float(value);
  return std::abs(double(rounded)) > std::abs(value) ? std::nextafter(rounded, 0.F) : rounded;
}

// Most of the time goes here, without anything to find.
#define DNN_GM_UNCHECKED __attribute__((no_sanitize("address", "undefined")))

/// A product as a GPU makes it: of float32 numbers term by term, each rounded; of others by tensor
/// cores, 16 terms at a time, what does not fit into the sum cut off.
struct HostProduct {
  DNN_GM_UNCHECKED static float sum_of(const float* x, const float* y, int depth) {
    float sum = 0;
    for (int d = 0; d < depth; ++d) sum += x[d] * y[d];
    return sum;
  }
  DNN_GM_UNCHECKED static float sum_of(const cuda::BFloat16* x, const cuda::BFloat16* y,
                                       int depth) {
    float sum = 0;
    for (int start = 0; start < depth; start += 16) {
      double terms = sum;
      for (int d = start; d < std::min(start + 16, depth); ++d)
        terms += double(cuda::toFloat(x[d])) * cuda::toFloat(y[d]);
      sum = cut_off(terms);
    }
    return sum;
  }

  template <typename Operand>
  DNN_GM_UNCHECKED void operator()(const Operand* means, const Operand* features, int K, int N,
                                   int depth, float* out) const {
    for (int n = 0; n < N; ++n)
      for (int k = 0; k < K; ++k)
        out[size_t(n) * K + k] =
            sum_of(features + size_t(n) * depth, means + size_t(k) * depth, depth);
  }
};

inline HostProduct the_product() {
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
    on_device.bfloat16 = way == Way::kBFloat16 && cuda::takesBFloat16(on_device, 8);
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
inline double error(float got, double wanted, double floor = 0) {
  return std::abs(got - wanted) / std::max(std::abs(wanted), floor);
}

/// |got - wanted| <= relative * max(|wanted|, floor)
inline bool close(float got, double wanted, double relative, double floor = 0) {
  return std::abs(got - wanted) <= relative * std::max(std::abs(wanted), floor);
}

/// Logarithms are differences of terms as large as the distance and the normaliser.
inline double log_scale(const Expected& expected) {
  return std::max(expected.distance, std::abs(expected.logDensity));
}

inline void note_worst(const std::string& type, const HeadCase& head, Way way, double worst) {
  const cv::Mat& variances = head.logVariances();
  const std::string form = variances.cols > 1   ? "diagonal"
                           : variances.rows > 1 ? "isotropic"
                                                : "shared";
  WorstErrors::instance().note("head, " + type + ", " + form + ", " + name_of(way), worst,
                               std::to_string(head.features.rows) + " x " +
                                   std::to_string(head.means().rows) + " x " +
                                   std::to_string(head.means().cols));
}

inline void check_float(const HeadCase& head, uint64_t seed, Way way) {
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

inline void check_every_way(const HeadCase& head, uint64_t seed) {
  for (const Way way : kEveryWay) {
    // Such heads take float32 products in its place.
    if (way == Way::kBFloat16 && head.logVariances().cols > 1) continue;
    BOOST_TEST_CONTEXT("N=" << head.features.rows << " K=" << head.means().rows << " D="
                            << head.means().cols << " seed " << seed << " " << name_of(way)) {
      check_float(head, seed, way);
    }
  }
}

}  // namespace gm_test
