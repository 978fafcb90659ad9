// Heads of any size with features for them, and what GMHead must answer, worked out naively in
// float64.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

namespace gm_test {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

enum class Covariance { kShared, kIsotropic, kDiagonal };
enum class Calibration { kNone, kShared, kPerClass };

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

/// Rows of different length: row k has Q - k mod Q values, then NaN.
inline cv::Mat random_calibration(cv::RNG& random, int rows, int Q, int D) {
  cv::Mat distances(rows, Q, CV_32F, cv::Scalar(kNaN));
  for (int k = 0; k < rows; ++k) {
    float* row = distances.ptr<float>(k);
    const int count = Q - k % Q;
    std::generate(row, row + count, [&] { return random.uniform(0.F, 4.F * float(D)); });
    std::sort(row, row + count);
  }
  return distances;
}

inline HeadCase make_case(int N, int K, int D, Covariance covariance, Calibration calibration) {
  cv::RNG random(1000003 * uint64_t(N) + 1009 * uint64_t(K) + uint64_t(D));
  const int rows = covariance == Covariance::kShared ? 1 : K;
  const int cols = covariance == Covariance::kDiagonal ? D : 1;
  HeadCase made;
  made.constants = {normal(random, K, D, 1.), normal(random, rows, cols, 0.5),
                    random_log_priors(random, K)};
  if (calibration != Calibration::kNone) {
    made.constants.push_back(
        random_calibration(random, calibration == Calibration::kShared ? 1 : K, 7, D));
  }
  // Around the mean of each class in turn, so that no posterior is hopelessly small.
  made.features = normal(random, N, D, 1.);
  for (int n = 0; n < N; ++n) made.features.row(n) += made.means().row(n % K);
  return made;
}

/// What GMHead says of one feature vector.
struct Expected {
  std::vector<double> prob;
  int predicted;
  double log_likelihood;
  double log_density;
  double distance;
};

inline Expected reference(const HeadCase& head, int n) {
  const cv::Mat& lv = head.log_variances();
  const int K = head.means().rows, D = head.means().cols;
  std::vector<double> distance(K), log_normal(K), log_joint(K);
  for (int k = 0; k < K; ++k) {
    double log_det = 0;
    for (int i = 0; i < D; ++i) {
      const double log_variance = lv.at<float>(lv.rows == 1 ? 0 : k, lv.cols == 1 ? 0 : i);
      const double difference =
          double(head.features.at<float>(n, i)) - double(head.means().at<float>(k, i));
      distance[k] += difference * difference / std::exp(log_variance);
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
  Expected expected{{}, c, log_normal[c], log_density, distance[c]};
  for (double value : log_joint) expected.prob.push_back(std::exp(value - log_density));
  return expected;
}

/// The p-value of a distance to class k, by counting.
inline float counted_p_value(const cv::Mat& calibration, int k, float distance) {
  int as_far = 0, count = 0;
  for (int q = 0; q < calibration.cols; ++q) {
    const float value = calibration.at<float>(calibration.rows == 1 ? 0 : k, q);
    as_far += value >= distance;
    count += !std::isnan(value);
  }
  return float(double(1 + as_far) / double(1 + count));
}

/// [rows,cols] float32 from its values, row by row.
inline cv::Mat matrix(int rows, int cols, const std::vector<float>& values) {
  CV_Assert(int(values.size()) == rows * cols);
  return cv::Mat(values, true).reshape(1, rows);
}

}  // namespace gm_test
