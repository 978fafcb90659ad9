// SPDX-License-Identifier: Apache-2.0
// The L-GM loss's CUDA kernels, run on the host or on a GPU, against Eqs. 17-23 written out in
// float64.
#include "cuda_kernels/machine.hpp"
//
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <vector>

#include "cuda_kernels/random_cases.hpp"
#include "dnn_gm/src/covariance.hpp"
#include "gmtrain/ops/cuda/lgm_device.hpp"

using namespace gmtrain::lgm;
using cv::dnn_gm::Covariance;
using gm_test::Launch, gm_test::Memory;

namespace {

struct Problem {
  int64_t N = 0, K = 0, D = 0;
  Covariance covariance = Covariance::shared;
  double alpha = 1, lambda = 0.1;
  int64_t chunk = 1000000;  ///< classes at a time
  int64_t parts = 3;        ///< of the sum over classes
  std::vector<double> features, means, log_variances, log_priors, grad_loss;
  std::vector<int64_t> labels;

  int64_t variance_rows() const { return logVarianceRows(covariance, K); }
  int64_t variance_columns() const { return logVarianceColumns(covariance, D); }
  double log_variance(int64_t k, int64_t d) const {
    return log_variances[(variance_rows() == 1 ? 0 : k) * variance_columns() +
                         (variance_columns() == 1 ? 0 : d)];
  }
};

/// Values that float32 holds exactly.
Problem make_problem(int64_t N, int64_t K, int64_t D, Covariance covariance, std::mt19937& random) {
  Problem p;
  p.N = N, p.K = K, p.D = D, p.covariance = covariance;
  std::normal_distribution<float> normal;
  const auto fill = [&](std::vector<double>& values, int64_t count, float deviation) {
    for (int64_t i = 0; i < count; ++i) values.push_back(double(deviation * normal(random)));
  };
  fill(p.features, N * D, 1);
  fill(p.means, K * D, 1);
  fill(p.log_variances, p.variance_rows() * p.variance_columns(), 0.5F);
  fill(p.log_priors, K, 0.3F);
  fill(p.grad_loss, N, 1);
  for (int64_t i = 0; i < N; ++i) p.labels.push_back(int64_t(random() % unsigned(K)));
  return p;
}

/// What the passes return, and each sample's share of it.
struct Results {
  std::vector<double> loss, features, means, log_variances;
  std::vector<int64_t> predicted;
};

/// Straight from the equations.
Results reference(const Problem& p) {
  Results out{std::vector<double>(p.N), std::vector<double>(p.N * p.D),
              std::vector<double>(p.K * p.D), std::vector<double>(p.K * p.D),
              std::vector<int64_t>(p.N)};
  for (int64_t i = 0; i < p.N; ++i) {
    std::vector<double> distance(p.K), half_log_det(p.K), logit(p.K);
    int64_t best = 0;
    double best_logit = -std::numeric_limits<double>::infinity();
    for (int64_t k = 0; k < p.K; ++k) {
      for (int64_t d = 0; d < p.D; ++d) {
        const double difference = p.features[i * p.D + d] - p.means[k * p.D + d];
        distance[k] += 0.5 * difference * difference / std::exp(p.log_variance(k, d));
        half_log_det[k] += 0.5 * p.log_variance(k, d);
      }
      const double plain = p.log_priors[k] - half_log_det[k] - distance[k];
      logit[k] = k == p.labels[i] ? plain - p.alpha * distance[k] : plain;
      if (plain > best_logit) best_logit = plain, best = k;
    }
    out.predicted[i] = best;
    const double largest = *std::max_element(logit.begin(), logit.end());
    double sum = 0;
    for (const double l : logit) sum += std::exp(l - largest);
    const int64_t z = p.labels[i];
    out.loss[i] = std::log(sum) + largest - logit[z] + p.lambda * (distance[z] + half_log_det[z]);
    for (int64_t k = 0; k < p.K; ++k) {
      const bool own = k == z;
      const double r = std::exp(logit[k] - largest) / sum - own;
      const double c = p.grad_loss[i] * (own ? -r * (1 + p.alpha) + p.lambda : -r);
      const double h = p.grad_loss[i] * (own ? -r + p.lambda : -r);
      for (int64_t d = 0; d < p.D; ++d) {
        const double difference = p.features[i * p.D + d] - p.means[k * p.D + d];
        const double scaled = difference / std::exp(p.log_variance(k, d));
        out.features[i * p.D + d] += c * scaled;
        out.means[k * p.D + d] -= c * scaled;
        out.log_variances[k * p.D + d] += 0.5 * (h - c * scaled * difference);
      }
    }
  }
  return out;
}

template <typename T>
std::vector<T> as(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

/// The passes in the driver's order, on memory whose ends are guarded; what they are to write is
/// NaN before.
template <typename T>
Results run(const Problem& p, uint64_t seed) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const LaunchedKernels<T, Launch> kernels(Launch{seed});
  const auto nans = [&](int64_t count) { return Memory<T>::to_be_written(count, nan); };
  const Memory<T> features(as<T>(p.features)), grad(as<T>(p.grad_loss));
  const Memory<int64_t> labels(p.labels);
  const auto predicted = Memory<int64_t>::to_be_written(p.N, -1);
  const Batch<T> batch{features.data(), labels.data(), p.N, p.D, T(p.alpha), T(p.lambda)};
  const auto own = Memory<OwnClass<T>>::to_be_written(p.N, {nan, nan, nan});
  const auto others = Memory<LogSum<T>>::to_be_written(p.N, {nan, 0, nan});
  const auto other_classes = Memory<OtherClasses<T>>::to_be_written(p.N, {nan, nan});
  const Memory<T> loss = nans(p.N), table = nans(p.N * p.K), partials = nans(p.parts * p.N * p.D),
                  grad_means = nans(p.K * p.D), grad_log_variances = nans(p.K * p.D),
                  grad_features(std::vector<T>(p.N * p.D, 0));

  const auto each_chunk = [&](const auto& pass) {
    for (int64_t first = 0; first < p.K; first += p.chunk) {
      const int64_t classes = std::min(p.chunk, p.K - first);
      std::vector<T> scales, half_log_dets, priors;
      for (int64_t k = first; k < first + classes; ++k) {
        for (int64_t d = 0; d < p.variance_columns(); ++d) {
          scales.push_back(T(std::exp(-0.5 * p.log_variance(k, d))));
        }
        double sum = 0;
        for (int64_t d = 0; d < p.D; ++d) sum += p.log_variance(k, d);
        half_log_dets.push_back(T(0.5 * sum));
        priors.push_back(T(p.log_priors[k]));
      }
      if (p.variance_rows() == 1) scales.resize(p.variance_columns());
      const Memory<T> of_chunk(
          as<T>({p.means.begin() + first * p.D, p.means.begin() + (first + classes) * p.D})),
          scale_memory(scales), half_log_det_memory(half_log_dets), prior_memory(priors);
      pass(Chunk<T>{of_chunk.data(), scale_memory.data(), half_log_det_memory.data(),
                    prior_memory.data(), first, classes, isDiagonal(p.covariance),
                    scaleStride(p.covariance, p.D)});
    }
  };
  each_chunk([&](const Chunk<T>& chunk) {
    kernels.distances(batch, chunk, {table.data() + chunk.first, p.K});
    kernels.merge(batch, chunk, {table.data() + chunk.first, p.K}, own.data(), others.data());
  });
  kernels.finish(batch, own.data(), others.data(), loss.data(), predicted.data(),
                 other_classes.data());
  each_chunk([&](const Chunk<T>& chunk) {
    kernels.residuals(batch, chunk, other_classes.data(), {table.data() + chunk.first, p.K});
    const Table<const T> residuals{table.data() + chunk.first, p.K};
    kernels.add_features_gradient(batch, chunk, grad.data(), residuals, {partials.data(), p.parts},
                                  grad_features.data());
    kernels.class_gradients(batch, chunk, grad.data(), residuals,
                            grad_means.data() + chunk.first * p.D,
                            grad_log_variances.data() + chunk.first * p.D);
  });
  const auto wide = [](const Memory<T>& memory) {
    const auto values = memory.values(T(0));
    return std::vector<double>(values.begin(), values.end());
  };
  return {wide(loss), wide(grad_features), wide(grad_means), wide(grad_log_variances),
          predicted.values(0)};
}

/// Largest deviation relative to the largest value; infinite where something is not a number.
double error(const std::vector<double>& actual, const std::vector<double>& expected) {
  double deviation = 0, scale = 1e-30;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(actual[i] - expected[i]);
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    deviation = std::max(deviation, difference);
    scale = std::max(scale, std::abs(expected[i]));
  }
  return deviation / scale;
}

template <typename T>
void check(const Problem& p, uint64_t seed, double tolerance) {
  const Results actual = run<T>(p, seed), expected = reference(p);
  const double worst = std::max(
      {error(actual.loss, expected.loss), error(actual.features, expected.features),
       error(actual.means, expected.means), error(actual.log_variances, expected.log_variances)});
  BOOST_TEST(worst < tolerance);
  BOOST_TEST(actual.predicted == expected.predicted, boost::test_tools::per_element());
  const std::string type = sizeof(T) == sizeof(float) ? "float32" : "float64";
  const std::string form = p.covariance == Covariance::diagonal    ? "diagonal"
                           : p.covariance == Covariance::isotropic ? "isotropic"
                                                                   : "shared";
  gm_test::WorstErrors::instance().note(
      "loss, " + type + ", " + form, worst,
      std::to_string(p.N) + " x " + std::to_string(p.K) + " x " + std::to_string(p.D));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lgm_loss_kernels)

BOOST_AUTO_TEST_CASE(agree_with_float64_on_random_shapes) {
  std::mt19937 random(2);
  const auto up_to = [&](int most) { return 1 + int64_t(random() % unsigned(most)); };
  for (uint64_t seed = 0; seed < gm_test::random_cases(); ++seed) {
    const int64_t N = up_to(random() % 2 ? 5 : 100), K = up_to(random() % 2 ? 6 : 150);
    const int64_t D = up_to(random() % 2 ? 17 : 100);
    Problem p = make_problem(N, K, D, Covariance(random() % 3), random);
    p.alpha = double(random() % 3) / 2;
    p.lambda = double(random() % 2) / 8;
    if (random() % 2) p.chunk = up_to(int(K));
    p.parts = up_to(8);
    BOOST_TEST_CONTEXT("N=" << N << " K=" << K << " D=" << D << " covariance " << int(p.covariance)
                            << " alpha " << p.alpha << " chunk " << p.chunk << " parts " << p.parts
                            << " seed " << seed) {
      check<float>(p, seed, 1e-5);
      if (seed % 8 == 0) check<double>(p, seed, 1e-13);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_offset_common_to_features_and_means_costs_no_digits) {
  std::mt19937 random(3);
  Problem p = make_problem(20, 30, 64, Covariance::shared, random);
  for (auto* values : {&p.features, &p.means}) {
    for (double& value : *values) value = std::round(value * 64) / 64 + 1024;
  }
  check<float>(p, 1, 1e-5);
}

BOOST_AUTO_TEST_CASE(sums_do_not_depend_on_who_runs_first) {
  std::mt19937 random(4);
  Problem p = make_problem(70, 90, 33, Covariance::diagonal, random);
  const Results one = run<float>(p, 1), two = run<float>(p, 2);
  BOOST_TEST(one.loss == two.loss);
  BOOST_TEST(one.features == two.features);
  BOOST_TEST(one.means == two.means);
  BOOST_TEST(one.log_variances == two.log_variances);
}

BOOST_AUTO_TEST_SUITE_END()
