// SPDX-License-Identifier: Apache-2.0
// People who are known by a few images each: their Gaussians, and what must be said of an image,
// from the definitions.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "samples/sample_fixture.hpp"

namespace gm_test {

struct People {
  std::vector<std::string> names;
  std::vector<int> counts;  ///< images of each
  cv::Mat features;         ///< [n,D], the images of one after those of another
};

/// All people share the diagonal variances, which are shrunk as if their average had been seen ten
/// times before.
struct Gaussians {
  std::vector<std::vector<double>> means;
  std::vector<double> variances;
};

inline Gaussians gaussians_of(const People& people) {
  const int D = people.features.cols, K = int(people.counts.size());
  Gaussians made;
  std::vector<double> scatter(D);
  for (int k = 0, first = 0; k < K; first += people.counts[k++]) {
    const int end = first + people.counts[k];
    std::vector<double> mean(D);
    for (int i = 0; i < D; ++i) {
      for (int j = first; j < end; ++j) mean[i] += people.features.at<float>(j, i);
      mean[i] /= people.counts[k];
      for (int j = first; j < end; ++j) {
        scatter[i] += std::pow(people.features.at<float>(j, i) - mean[i], 2);
      }
    }
    made.means.push_back(mean);
  }
  const double freedom = people.features.rows - K;
  const double common = std::accumulate(scatter.begin(), scatter.end(), 0.) / (D * freedom);
  for (const double s : scatter) made.variances.push_back((s + 10 * common) / (freedom + 10));
  return made;
}

/// To the Gaussian of person k, whose mean is not known exactly: it comes from `count` images.
inline double squared_distance(const cv::Mat& x, const Gaussians& people, int k, int count) {
  double sum = 0;
  for (int i = 0; i < x.cols; ++i) {
    sum +=
        std::pow(x.at<float>(i) - people.means[k][i], 2) / (people.variances[i] * (1 + 1. / count));
  }
  return sum;
}

/// Enrols all but one image, for each in turn, and measures how far that one is from its person;
/// ascending.
inline std::vector<double> left_out_distances(const People& people) {
  std::vector<double> distances;
  for (int k = 0, row = 0; k < int(people.counts.size()); ++k) {
    for (int j = 0; j < people.counts[k]; ++j, ++row) {
      if (people.counts[k] == 1) continue;
      People others = people;
      --others.counts[k];
      others.features = cv::Mat();
      for (int r = 0; r < people.features.rows; ++r) {
        if (r != row) others.features.push_back(people.features.row(r));
      }
      distances.push_back(
          squared_distance(people.features.row(row), gaussians_of(others), k, others.counts[k]));
    }
  }
  std::sort(distances.begin(), distances.end());
  return distances;
}

/// What is said of one image.
struct Said {
  std::string label;
  double confidence, log_likelihood, p_value;
  bool known;
};

inline Said said_by_definition(const cv::Mat& x, const People& people, double false_reject_rate) {
  const Gaussians gaussians = gaussians_of(people);
  const double D = x.cols;
  std::vector<double> distances, log_joint;
  for (int k = 0; k < int(people.counts.size()); ++k) {
    distances.push_back(squared_distance(x, gaussians, k, people.counts[k]));
    double log_det = 0;
    for (const double v : gaussians.variances) log_det += std::log(v * (1 + 1. / people.counts[k]));
    log_joint.push_back(-0.5 * (distances[k] + log_det + D * std::log(2 * CV_PI)));
  }
  const auto best = std::max_element(log_joint.begin(), log_joint.end());
  const auto k = size_t(best - log_joint.begin());
  double sum = 0;
  for (const double value : log_joint) sum += std::exp(value - *best);
  const auto left_out = left_out_distances(people);
  const auto as_far = std::count_if(left_out.begin(), left_out.end(),
                                    [&](double distance) { return distance >= distances[k]; });
  const double p_value = double(1 + as_far) / double(1 + left_out.size());
  return {people.names[k], 1 / sum, *best, p_value, p_value >= false_reject_rate};
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
inline void check_said(const Said& got, const Said& expected) {
  BOOST_TEST(got.label == expected.label);
  BOOST_TEST(std::abs(got.confidence - expected.confidence) <= 5e-5 + 1e-3 * expected.confidence);
  BOOST_TEST(std::abs(got.log_likelihood - expected.log_likelihood) <=
             5e-3 + 1e-4 * std::abs(expected.log_likelihood));
  BOOST_TEST(std::abs(got.p_value - expected.p_value) <= 5.1e-5);
  BOOST_TEST(got.known == expected.known);
}

}  // namespace gm_test
