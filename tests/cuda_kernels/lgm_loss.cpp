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
  std::vector<double> features, means, log_variances, log_priors;
  std::vector<double> centre;  ///< [D], that the product is taken about
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
  p.centre.resize(size_t(D));
  for (int64_t i = 0; i < N; ++i) p.labels.push_back(int64_t(random() % unsigned(K)));
  return p;
}

/// What the passes return; posteriors and distances are [N,K].
struct Results {
  std::vector<double> loss, posteriors, distances;
  std::vector<int64_t> predicted;
  std::vector<double> operand = {};    ///< V, 1/Lambda, bases and mean squares of each class
  std::vector<double> gradients = {};  ///< of each class's mean and log-variances, for weight()
};

/// c_ik of the class gradients.
double weight(int64_t i, int64_t k) {
  return double((7 * i + 3 * k) % 11 - 5) / 8;
}

int64_t operand_depth(const Problem& p) {
  return p.D + p.variance_columns() + 1 + 3;  // and some that are to become 0
}

/// The features' operand, which the sums of the class gradients are of.
double feature_operand(const Problem& p, int64_t i, int64_t column) {
  const auto centred = [&](int64_t d) { return p.features[i * p.D + d] - p.centre[d]; };
  if (column < p.D) return centred(column);
  if (column >= p.D + p.variance_columns()) return column == p.D + p.variance_columns();
  double square = 0;
  for (int64_t d = 0; d < p.D; ++d) {
    if (p.variance_columns() == 1 || d == column - p.D) square += centred(d) * centred(d);
  }
  return square;
}

double half_log_det(const Problem& p, int64_t k) {
  double sum = 0;
  for (int64_t d = 0; d < p.D; ++d) sum += 0.5 * p.log_variance(k, d);
  return sum;
}

/// 2 d_k straight from Eq. 18.
double squared_distance(const Problem& p, int64_t i, int64_t k) {
  double sum = 0;
  for (int64_t d = 0; d < p.D; ++d) {
    const double difference = p.features[i * p.D + d] - p.means[k * p.D + d];
    sum += difference * difference / std::exp(p.log_variance(k, d));
  }
  return sum;
}

/// From the definitions in lgm_products.hpp, and from x - mu.
void add_operand_and_gradients(const Problem& p, Results& out) {
  const int64_t columns = p.variance_columns();
  for (int64_t k = 0; k < p.K; ++k) {
    const auto mean = [&](int64_t d) { return p.means[k * p.D + d] - p.centre[d]; };
    const auto inverse = [&](int64_t d) { return std::exp(-p.log_variance(k, d)); };
    double mean_square = 0;
    for (int64_t d = 0; d < p.D; ++d) mean_square += mean(d) * mean(d) * inverse(d);
    const double base = p.log_priors[k] - half_log_det(p, k);
    for (int64_t d = 0; d < p.D; ++d) out.operand.push_back(mean(d) * inverse(d));
    for (int64_t d = 0; d < columns; ++d) out.operand.push_back(-inverse(d) / 2);
    for (const double value : {base - mean_square / 2, 0., 0., 0.}) out.operand.push_back(value);
    for (int64_t d = 0; d < columns; ++d) out.operand.push_back(inverse(d));
    out.operand.insert(out.operand.end(), {base, mean_square});

    std::vector<double> means(size_t(p.D)), log_variances(static_cast<size_t>(columns));
    for (int64_t i = 0; i < p.N; ++i) {
      for (int64_t d = 0; d < p.D; ++d) {
        const double c = weight(i, k), x = p.features[i * p.D + d] - p.means[k * p.D + d];
        means[d] -= c * x * inverse(d);
        log_variances[columns == 1 ? 0 : d] += c * (1 - x * x * inverse(d)) / 2;
      }
    }
    out.gradients.insert(out.gradients.end(), means.begin(), means.end());
    out.gradients.insert(out.gradients.end(), log_variances.begin(), log_variances.end());
  }
}

Results reference(const Problem& p) {
  Results out{std::vector<double>(p.N), {}, {}, std::vector<int64_t>(p.N)};
  for (int64_t i = 0; i < p.N; ++i) {
    const int64_t z = p.labels[i];
    std::vector<double> logit(p.K);
    double best_logit = -std::numeric_limits<double>::infinity();
    for (int64_t k = 0; k < p.K; ++k) {
      const double distance = squared_distance(p, i, k);
      out.distances.push_back(distance);
      const double plain = p.log_priors[k] - half_log_det(p, k) - distance / 2;
      logit[k] = k == z ? plain - p.alpha * distance / 2 : plain;
      if (plain > best_logit) best_logit = plain, out.predicted[i] = k;
    }
    const double largest = *std::max_element(logit.begin(), logit.end());
    double sum = 0;
    for (const double l : logit) sum += std::exp(l - largest);
    out.loss[i] = std::log(sum) + largest - logit[z] +
                  p.lambda * (out.distances[i * p.K + z] / 2 + half_log_det(p, z));
    for (int64_t k = 0; k < p.K; ++k) {
      out.posteriors.push_back(k == z ? 0 : std::exp(logit[k] - largest) / sum);
    }
  }
  add_operand_and_gradients(p, out);
  return out;
}

template <typename T>
std::vector<T> as(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

/// log p(k) - h_k - d_k in T's arithmetic, from the expanded square, as a product would have it.
template <typename T>
T logit_by_product(const Problem& p, int64_t i, int64_t k, T base) {
  T square = 0, crossed = 0, mean_square = 0;
  for (int64_t d = 0; d < p.D; ++d) {
    const T inverse = T(std::exp(-p.log_variance(k, d)));
    const T x = T(p.features[i * p.D + d] - p.centre[d]),
            mean = T(p.means[k * p.D + d] - p.centre[d]);
    square += x * x * inverse;
    crossed += x * (mean * inverse);
    mean_square += mean * mean * inverse;
  }
  return base - mean_square / 2 + crossed - square / 2;
}

/// The passes in the driver's order, on memory whose ends are guarded; what they are to write is
/// NaN before.
template <typename T>
Results run(const Problem& p, uint64_t seed) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const LaunchedKernels<T, Launch> kernels(Launch{seed});
  const auto nans = [&](int64_t count) { return Memory<T>::to_be_written(count, nan); };
  const Memory<T> features(as<T>(p.features));
  const Memory<int64_t> labels(p.labels);
  const auto predicted = Memory<int64_t>::to_be_written(p.N, -1);
  const Batch<T> batch{features.data(), labels.data(), p.N, p.D};
  const auto others = Memory<LogSum<T>>::to_be_written(p.N, {nan, 0, nan});
  const auto other_classes = Memory<OtherClasses<T>>::to_be_written(p.N, {nan, nan});
  const Memory<T> loss = nans(p.N);

  std::vector<double> bases, own_distances, own_half_log_dets, own_log_priors;
  for (int64_t k = 0; k < p.K; ++k) bases.push_back(p.log_priors[k] - half_log_det(p, k));
  for (int64_t i = 0; i < p.N; ++i) {
    own_distances.push_back(squared_distance(p, i, p.labels[i]) / 2);
    own_half_log_dets.push_back(half_log_det(p, p.labels[i]));
    own_log_priors.push_back(p.log_priors[p.labels[i]]);
  }
  const Memory<T> distances(as<T>(own_distances)), half_log_dets(as<T>(own_half_log_dets)),
      log_priors(as<T>(own_log_priors));
  std::vector<T> values;
  for (int64_t i = 0; i < p.N; ++i) {
    for (int64_t k = 0; k < p.K; ++k) values.push_back(logit_by_product(p, i, k, T(bases[k])));
  }
  const Memory<T> logits(values), again(values), alone = nans(p.N * p.K);

  const auto each_chunk = [&](const auto& pass) {
    for (int64_t first = 0; first < p.K; first += p.chunk) {
      const int64_t classes = std::min(p.chunk, p.K - first);
      const auto part = [&](const std::vector<double>& all, int64_t columns) {
        return as<T>({all.begin() + first * columns, all.begin() + (first + classes) * columns});
      };
      const Memory<T> means(part(p.means, p.D)), of_chunk(part(bases, 1)),
          priors(part(p.log_priors, 1)),
          log_variances(p.variance_rows() == 1 ? as<T>(p.log_variances)
                                               : part(p.log_variances, p.variance_columns()));
      double base = bases[first], mean_square = 0;
      for (int64_t k = first; k < first + classes; ++k) {
        double square = 0;
        for (int64_t d = 0; d < p.D; ++d) {
          square +=
              std::pow(p.means[k * p.D + d] - p.centre[d], 2) / std::exp(p.log_variance(k, d));
        }
        base = std::max(base, bases[k]);
        mean_square = std::max(mean_square, square);
      }
      const Memory<Magnitudes<T>> largest({Magnitudes<T>{T(base), T(mean_square)}});
      pass(Chunk<T>{means.data(), log_variances.data(),
                    p.variance_rows() == 1 ? 0 : p.variance_columns(), priors.data(),
                    of_chunk.data(), largest.data(), first, classes, isDiagonal(p.covariance)});
    }
  };
  const auto columns = [&](const Memory<T>& table, const Chunk<T>& chunk) {
    return Table<T>{table.data() + chunk.first, p.K};
  };
  const auto wide = [](const Memory<T>& memory) {
    const auto read = memory.values(T(0));
    return std::vector<double>(read.begin(), read.end());
  };
  Results out;
  const Memory<T> centre(as<T>(p.centre));
  each_chunk([&](const Chunk<T>& chunk) {
    const int64_t K = chunk.classes, squares = p.variance_columns(), depth = operand_depth(p);
    std::vector<double> sums;
    for (int64_t k = chunk.first; k < chunk.first + K; ++k) {
      for (int64_t column = 0; column < depth; ++column) {
        double sum = 0;
        for (int64_t i = 0; i < p.N; ++i) sum += weight(i, k) * feature_operand(p, i, column);
        sums.push_back(sum);
      }
    }
    const Memory<T> V = nans(K * depth), inverses = nans(K * squares), base = nans(K),
                    mean_squares = nans(K), means = nans(K * p.D),
                    log_variances = nans(K * squares), of_features(as<T>(sums));
    const OperandMemory<T> operand{V.data(), depth, inverses.data(), base.data(),
                                   mean_squares.data()};
    kernels.operand(chunk, p.D, centre.data(), operand);
    kernels.class_gradients(chunk, p.D, centre.data(), operand, of_features.data(), means.data(),
                            log_variances.data());
    for (int64_t k = 0; k < K; ++k) {
      const auto append = [&](std::vector<double>& to, const Memory<T>& from, int64_t count) {
        const auto all = wide(from);
        to.insert(to.end(), all.begin() + k * count, all.begin() + (k + 1) * count);
      };
      append(out.operand, V, depth), append(out.operand, inverses, squares);
      append(out.operand, base, 1), append(out.operand, mean_squares, 1);
      append(out.gradients, means, p.D), append(out.gradients, log_variances, squares);
    }
  });
  each_chunk([&](const Chunk<T>& chunk) {
    kernels.merge(batch, chunk, columns(logits, chunk), others.data());
  });
  kernels.finish(
      batch, {distances.data(), half_log_dets.data(), log_priors.data(), {T(p.alpha), T(p.lambda)}},
      others.data(), {loss.data(), predicted.data(), other_classes.data()});
  each_chunk([&](const Chunk<T>& chunk) {
    kernels.posteriors(batch, chunk, other_classes.data(), true, columns(logits, chunk));
    kernels.posteriors(batch, chunk, other_classes.data(), false, columns(again, chunk));
    kernels.distances(batch, chunk, columns(alone, chunk));
  });
  const auto kept = wide(logits), made_again = wide(again);
  for (size_t at = 0; at < kept.size(); ++at) {
    // What was near the limit of what matters may differ by the error of a product.
    BOOST_TEST(std::abs(kept[at] - made_again[at]) < 1e-5);
  }
  out.loss = wide(loss), out.posteriors = kept, out.distances = wide(alone);
  out.predicted = predicted.values(0);
  return out;
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
      {error(actual.loss, expected.loss), error(actual.posteriors, expected.posteriors),
       error(actual.distances, expected.distances), error(actual.operand, expected.operand),
       error(actual.gradients, expected.gradients)});
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
    BOOST_TEST_CONTEXT("N=" << N << " K=" << K << " D=" << D << " covariance " << int(p.covariance)
                            << " alpha " << p.alpha << " chunk " << p.chunk << " seed " << seed) {
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
  for (double& value : p.centre) value = 1024;
  check<float>(p, 1, 1e-5);
}

BOOST_AUTO_TEST_CASE(sums_do_not_depend_on_who_runs_first) {
  std::mt19937 random(4);
  Problem p = make_problem(70, 90, 33, Covariance::diagonal, random);
  const Results one = run<float>(p, 1), two = run<float>(p, 2);
  BOOST_TEST(one.loss == two.loss);
  BOOST_TEST(one.posteriors == two.posteriors);
  BOOST_TEST(one.distances == two.distances);
}

BOOST_AUTO_TEST_SUITE_END()
