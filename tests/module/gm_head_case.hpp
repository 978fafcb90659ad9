// Heads of any size with features for them, and what GMHead must answer, worked out naively in
// float64.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

namespace gm_test {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

enum class Covariance { kShared, kIsotropic, kDiagonal };
enum class Calibration { kNone, kShared, kPerClass, kByDistance };

/// The inputs of GMHead, in its order.
struct HeadCase {
  cv::Mat features;                ///< [N,D]
  std::vector<cv::Mat> constants;  ///< means, log_variances, log_priors and maybe calibration

  const cv::Mat& means() const { return constants[0]; }
  const cv::Mat& log_variances() const { return constants[1]; }
  const cv::Mat& log_priors() const { return constants[2]; }
  cv::Mat calibration() const { return constants.size() > 3 ? constants[3] : cv::Mat(); }
};

inline cv::Mat normal(cv::RNG& random, int rows, int cols, double deviation) {
  cv::Mat values(rows, cols, CV_32F);
  random.fill(values, cv::RNG::NORMAL, 0., deviation);
  return values;
}

inline cv::Mat random_log_priors(cv::RNG& random, int K) {
  cv::Mat priors(K, 1, CV_32F);
  random.fill(priors, cv::RNG::UNIFORM, 0.1, 1.);
  priors /= cv::sum(priors)[0];
  cv::log(priors, priors);
  return priors;
}

/// [R,lines,Q] from its values, line by line.
inline cv::Mat tables(int rows, int lines, const std::vector<float>& values) {
  return cv::Mat(values, true).reshape(1, {rows, lines, int(values.size()) / (rows * lines)});
}

/// Tables of different length: table k has Q - k mod Q samples, then NaN.
inline cv::Mat random_calibration(cv::RNG& random, int rows, int lines, int Q, int D) {
  std::vector<float> values;
  for (int k = 0; k < rows; ++k)
    for (int line = 0; line < lines; ++line) {
      std::vector<float> numbers(size_t(Q - k % Q));
      const float low = line == 0 ? 0.F : line == 1 ? -20.F : 2.F;
      const float high = line == 0 ? 4.F * float(D) : line == 1 ? 0.F : 200.F;
      std::generate(numbers.begin(), numbers.end(), [&] { return random.uniform(low, high); });
      std::sort(numbers.begin(), numbers.end());
      numbers.resize(size_t(Q), kNaN);
      values.insert(values.end(), numbers.begin(), numbers.end());
    }
  return tables(rows, lines, values);
}

inline HeadCase make_case(int N, int K, int D, Covariance covariance, Calibration calibration) {
  cv::RNG random(1000003 * uint64_t(N) + 1009 * uint64_t(K) + uint64_t(D));
  const int rows = covariance == Covariance::kShared ? 1 : K;
  const int cols = covariance == Covariance::kDiagonal ? D : 1;
  HeadCase made;
  made.constants = {normal(random, K, D, 1.), normal(random, rows, cols, 0.5),
                    random_log_priors(random, K)};
  // Around the mean of each class in turn, so that no posterior is hopelessly small.
  made.features = normal(random, N, D, 1.);
  for (int n = 0; n < N; ++n) made.features.row(n) += made.means().row(n % K);
  if (calibration != Calibration::kNone) {
    made.constants.push_back(random_calibration(random,
                                                calibration == Calibration::kPerClass ? K : 1,
                                                calibration == Calibration::kByDistance ? 1 : 3,
                                                calibration == Calibration::kShared ? 40 : 7, D));
  }
  return made;
}

/// What GMHead says of one feature vector.
struct Expected {
  std::vector<double> prob;
  int predicted;
  double log_likelihood;
  double log_density;
  double distance;
  double energy, doubt;
};

inline Expected reference(const HeadCase& head, int n) {
  const cv::Mat& lv = head.log_variances();
  const int K = head.means().rows, D = head.means().cols;
  std::vector<double> distance(K), log_normal(K), log_joint(K);
  for (int k = 0; k < K; ++k) {
    double log_det = 0, variance = 0;
    for (int i = 0; i < D; ++i) {
      const double log_variance = lv.at<float>(lv.rows == 1 ? 0 : k, lv.cols == 1 ? 0 : i);
      if (i == 0 || lv.cols > 1) variance = std::exp(log_variance);
      const double difference =
          double(head.features.at<float>(n, i)) - double(head.means().at<float>(k, i));
      distance[k] += difference * difference / variance;
      log_det += log_variance;
    }
    log_normal[k] = -0.5 * (distance[k] + log_det + D * std::log(2 * CV_PI));
    log_joint[k] = log_normal[k] + head.log_priors().at<float>(k);
  }
  const auto best = std::max_element(log_joint.begin(), log_joint.end());
  double sum = 0;
  for (double value : log_joint) sum += std::exp(value - *best);
  const double log_density = *best + std::log(sum);

  const int c = int(best - log_joint.begin());
  double base = -std::numeric_limits<double>::infinity(), second = base, others = 0;
  for (int k = 0; k < K; ++k) {
    base = std::max(base, log_joint[k] + 0.5 * distance[k]);
    if (k != c) second = std::max(second, log_joint[k]);
  }
  for (int k = 0; k < K; ++k)
    if (k != c) others += std::exp(log_joint[k] - second);
  const double doubt = others > 0 ? std::log(others) + second - *best : -FLT_MAX;
  Expected expected{{},   c, log_normal[c], log_density, distance[c], -2 * (log_density - base),
                    doubt};
  for (double value : log_joint) expected.prob.push_back(std::exp(value - log_density));
  return expected;
}

/// The p-value, by counting.
inline double counted_p_value(const cv::Mat& calibration, int k, double distance, double energy,
                              double doubt) {
  if (calibration.empty()) return 1;
  const int row = calibration.size[0] == 1 ? 0 : k, Q = calibration.size[2];
  const auto at_least = [&](int line, double value) {
    const float* values = calibration.ptr<float>(row, line);
    return double(std::count_if(values, values + Q, [=](float v) { return v >= value; }));
  };
  const double all = 1 + at_least(0, -FLT_MAX);
  if (calibration.size[1] == 1) return (1 + at_least(0, distance)) / all;
  const double rarity = all / (1 + at_least(0, energy));
  const double doubt_rarity = all / (1 + at_least(1, doubt));
  const double score = std::pow(rarity, 2.5) + std::pow(doubt_rarity, 2);
  return (1 + at_least(2, score * (1 - 1e-6))) / all;
}

/// Whether it is the p-value of what was expected, or of what lies within rounding of it.
inline bool is_p_value(float p, const HeadCase& head, const Expected& e, double rounding = 2e-5) {
  const double slack = rounding * std::max({1., std::abs(e.distance), std::abs(e.energy)});
  const auto value = [&](double moved) {
    return counted_p_value(head.calibration(), e.predicted, e.distance + moved, e.energy + moved,
                           e.doubt + moved);
  };
  return p >= value(slack) - 1e-6 && p <= value(-slack) + 1e-6;
}

/// [rows,cols] float32 from its values, row by row.
inline cv::Mat matrix(int rows, int cols, const std::vector<float>& values) {
  CV_Assert(int(values.size()) == rows * cols);
  return cv::Mat(values, true).reshape(1, rows);
}

}  // namespace gm_test
