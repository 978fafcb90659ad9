// SPDX-License-Identifier: Apache-2.0
// People who are known by a few images each: what must be said of an image, by matrices instead of
// the module's directions.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

#include "samples/sample_fixture.hpp"

namespace gm_test {

struct People {
  std::vector<std::string> names;
  std::vector<int> counts;  ///< images of each
  cv::Mat features;         ///< [n,D] float32, the images of one after those of another

  /// Of each image.
  std::vector<std::string> labels() const {
    std::vector<std::string> all;
    for (size_t k = 0; k < names.size(); ++k) all.insert(all.end(), size_t(counts[k]), names[k]);
    return all;
  }

  /// [n,D] float64, images of one.
  cv::Mat of(int k) const {
    const int first = std::accumulate(counts.begin(), counts.begin() + k, 0);
    cv::Mat rows;
    features.rowRange(first, first + counts[size_t(k)]).convertTo(rows, CV_64F);
    return rows;
  }
};

inline cv::Mat average_of(const cv::Mat& rows) {
  cv::Mat average;
  cv::reduce(rows, average, 0, cv::REDUCE_AVG, CV_64F);
  return average;
}

/// How images of a person differ, and people among one another: moments, drawn towards a multiple
/// of the identity by the shares that the program has.
struct TwoCovariances {
  cv::Mat mean, within, between;

  explicit TwoCovariances(const People& people) {
    const int D = people.features.cols, K = int(people.counts.size()), N = people.features.rows;
    within = cv::Mat::zeros(D, D, CV_64F);
    cv::Mat averages;
    double inverses = 0;
    for (int k = 0; k < K; ++k) {
      const cv::Mat rows = people.of(k),
                    residuals = rows - cv::repeat(average_of(rows), rows.rows, 1);
      within += residuals.t() * residuals / (N - K);
      averages.push_back(average_of(rows));
      inverses += 1. / rows.rows;
    }
    mean = average_of(averages);
    averages -= cv::repeat(mean, K, 1);
    between = averages.t() * averages / (K - 1) - within * (inverses / K);
    const cv::Mat I = cv::Mat::eye(D, D, CV_64F);
    within = 0.1 * within + 0.9 * cv::trace(within)[0] / D * I;
    between = 0.3 * between + 0.7 * cv::trace(between)[0] / D * I;
  }

  /// Of an image, [1,D]: by how much a person whose n images have this average makes it more
  /// probable than anybody.
  double log_ratio(const cv::Mat& image, const cv::Mat& average, int n) const {
    cv::Mat x;
    image.convertTo(x, CV_64F);
    // The person's mean is Gaussian given the average, which is the mean and noise within / n.
    const cv::Mat gain = between * cv::Mat(between + within / n).inv();
    const cv::Mat expected = mean + (average - mean) * gain.t();
    return log_gaussian(x - expected, within + between - gain * between) -
           log_gaussian(x - mean, within + between);
  }

 private:
  /// But for D/2 log 2 pi.
  static double log_gaussian(const cv::Mat& x, const cv::Mat& S) {
    return -0.5 * (std::log(cv::determinant(S)) + cv::Mat(x * S.inv() * x.t()).at<double>(0));
  }
};

/// What is said of one image.
struct Said {
  std::string label;
  double confidence, log_likelihood, p_value;
  bool known;
};

/// Label and confidence alone.
/// @param fit  the people from whom the covariances come
inline Said said_by_definition(const cv::Mat& x, const People& people, const People& fit) {
  const TwoCovariances covariances(fit);
  std::vector<double> ratios;
  for (int k = 0; k < int(people.counts.size()); ++k) {
    ratios.push_back(covariances.log_ratio(x, average_of(people.of(k)), people.counts[size_t(k)]));
  }
  const auto best = std::max_element(ratios.begin(), ratios.end());
  double sum = 0;
  for (const double value : ratios) sum += std::exp(value - *best);
  return {people.names[size_t(best - ratios.begin())], 1 / sum, 0, 0, false};
}

/// The line that the program prints of a file.
inline Said said_of(const Result& result, const std::string& file) {
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, file.size() + 2, file + ": ") != 0) continue;
    Said said{};
    char label[100], verdict[20];
    int end = 0;
    const int read =
        std::sscanf(line.c_str() + file.size() + 2,
                    "%99[^ ]  confidence %lf  log-likelihood %lf  p-value %lf  %19s%n", label,
                    &said.confidence, &said.log_likelihood, &said.p_value, verdict, &end);
    BOOST_TEST_REQUIRE(read == 5, line);
    BOOST_TEST(file.size() + 2 + size_t(end) == line.size());
    said.label = label;
    said.known = std::string(verdict) == "known";
    BOOST_TEST((said.known || std::string(verdict) == "unknown"), line);
    return said;
  }
  BOOST_FAIL("no line of " << file << " in: " << result.out);
  return {};
}

/// Within half of the last digit that is printed, and the rounding of float32.
inline void check_said(const Said& got, const Said& expected, const cv::dnn_gm::Verdict& verdict) {
  BOOST_TEST(got.label == expected.label);
  BOOST_TEST(std::abs(got.confidence - expected.confidence) <= 5e-5 + 2e-3 * expected.confidence);
  BOOST_TEST(std::abs(got.p_value - verdict.pValue) <= 5.1e-5);
  BOOST_TEST(got.known == verdict.accepted);
}

/// With the settings that the program has.
inline cv::Ptr<cv::dnn_gm::GaussianMixture> mixture_fitted_to(const People& people, int folds) {
  const auto mixture = cv::dnn_gm::GaussianMixture::create();
  mixture->setUnitLength(false);
  mixture->setShrinkage(0.9, 0.7);
  mixture->fit(people.features, people.labels(), folds);
  return mixture;
}

}  // namespace gm_test
