// SPDX-License-Identifier: Apache-2.0
// Scores of others by formulas of the test's own, on a few made-up features.
#include <algorithm>
#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "gmattach/rivals.hpp"

using namespace gmattach;
namespace data = boost::unit_test::data;

namespace {

constexpr int kClasses = 3, kDimension = 4;
constexpr double kTolerance = 1e-5;

using Values = std::vector<double>;

/// Classes in turn, around means of their own, with features that depend on each other.
struct Made {
  RivalRows rows;
  std::vector<int64_t> labels;

  Made(int count, unsigned seed)
      : rows{cv::Mat(count, kDimension, CV_32F), cv::Mat(count, kClasses, CV_32F)} {
    std::mt19937 random(seed);
    const auto number = [&] { return static_cast<float>(random()) / 4294967296.F - 0.5F; };
    for (int n = 0; n < count; ++n) {
      labels.push_back(n % kClasses);
      for (int i = 0; i < kDimension; ++i)
        rows.features.at<float>(n, i) = number() +
                                        (i > 0 ? 0.6F * rows.features.at<float>(n, i - 1) : 0) +
                                        (labels[n] == i ? 1 : 0);
      for (int k = 0; k < kClasses; ++k) rows.scores.at<float>(n, k) = 20 * number();
    }
  }
};

Values score(const std::string& name, const Made& fit, const RivalRows& asked) {
  for (const Rival& rival : rivals())
    if (rival.name == name) return rival.fit(fit.rows, fit.labels)(asked);
  throw std::logic_error("no rival " + name);
}

cv::Mat wide(const cv::Mat& features, bool unit_length) {
  cv::Mat x;
  features.convertTo(x, CV_64F);
  for (int n = 0; n < x.rows && unit_length; ++n) {
    double square = 0;
    for (int i = 0; i < x.cols; ++i) square += x.at<double>(n, i) * x.at<double>(n, i);
    x.row(n) /= std::sqrt(square);
  }
  return x;
}

/// Least of (x - m_k)' S^-1 (x - m_k) over the classes.
Values nearest_class(const cv::Mat& fit, const std::vector<int64_t>& labels, int classes,
                     const cv::Mat& asked) {
  cv::Mat means = cv::Mat::zeros(classes, fit.cols, CV_64F);
  for (int k = 0; k < classes; ++k) {
    int count = 0;
    for (int n = 0; n < fit.rows; ++n) {
      if (labels[n] != k) continue;
      means.row(k) += fit.row(n);
      ++count;
    }
    means.row(k) /= count;
  }
  cv::Mat covariance = cv::Mat::zeros(fit.cols, fit.cols, CV_64F);
  for (int n = 0; n < fit.rows; ++n) {
    const cv::Mat away = fit.row(n) - means.row(static_cast<int>(labels[n]));
    covariance += away.t() * away / fit.rows;
  }
  const cv::Mat inverse = covariance.inv(cv::DECOMP_LU);
  Values values;
  for (int n = 0; n < asked.rows; ++n) {
    double least = std::numeric_limits<double>::infinity();
    for (int k = 0; k < classes; ++k) {
      const cv::Mat away = asked.row(n) - means.row(k);
      least = std::min(least, cv::Mat(away * inverse * away.t()).at<double>(0));
    }
    values.push_back(least);
  }
  return values;
}

void check_close(const Values& values, const Values& expected) {
  BOOST_TEST_REQUIRE(values.size() == expected.size());
  for (size_t n = 0; n < values.size(); ++n)
    BOOST_TEST(values[n] == expected[n], boost::test_tools::tolerance(kTolerance));
}

double softmax_sum(const cv::Mat& scores, int n) {
  double sum = 0;
  for (int k = 0; k < kClasses; ++k) sum += std::exp(double{scores.at<float>(n, k)});
  return sum;
}

struct Variant {
  std::string name;
  bool relative, unit_length;
};
std::ostream& operator<<(std::ostream& out, const Variant& variant) {
  return out << variant.name;
}
const std::vector<Variant> kVariants = {
    {"MDS", false, false}, {"RMDS", true, false}, {"MDS++", false, true}, {"RMDS++", true, true}};

}  // namespace

BOOST_AUTO_TEST_SUITE(rivals_of_the_p_value)

BOOST_AUTO_TEST_CASE(max_softmax_and_energy_are_of_the_networks_scores) {
  const Made fit(6, 1), asked(20, 2);
  Values largest, energies;
  for (int n = 0; n < 20; ++n) {
    const double sum = softmax_sum(asked.rows.scores, n);
    double most = 0;
    for (int k = 0; k < kClasses; ++k)
      most = std::max(most, std::exp(double{asked.rows.scores.at<float>(n, k)}) / sum);
    largest.push_back(std::log(most));
    energies.push_back(std::log(sum));
  }
  check_close(score("MSP", fit, asked.rows), largest);
  check_close(score("energy", fit, asked.rows), energies);
}

BOOST_AUTO_TEST_CASE(a_sure_network_is_not_rounded_to_one) {
  RivalRows sure{{}, (cv::Mat_<float>(2, 2) << 50, 0, 60, 0)};
  const auto values = score("MSP", Made(6, 1), sure);
  BOOST_TEST(values[0] < values[1]);
}

BOOST_DATA_TEST_CASE(mahalanobis_distances, data::make(kVariants), variant) {
  const Made fit(90, 1), asked(20, 2);
  const cv::Mat x = wide(fit.rows.features, variant.unit_length);
  const cv::Mat y = wide(asked.rows.features, variant.unit_length);
  Values expected(20, 0);
  if (variant.relative) expected = nearest_class(x, std::vector<int64_t>(90, 0), 1, y);
  const Values own = nearest_class(x, fit.labels, kClasses, y);
  for (int n = 0; n < 20; ++n) expected[n] -= own[n];
  check_close(score(variant.name, fit, asked.rows), expected);
}

BOOST_AUTO_TEST_CASE(a_dead_feature_changes_no_distance) {
  Made fit(90, 1), asked(20, 2);
  const auto before = score("MDS", fit, asked.rows);
  cv::hconcat(fit.rows.features, cv::Mat(90, 1, CV_32F, cv::Scalar(3)), fit.rows.features);
  cv::hconcat(asked.rows.features, cv::Mat(20, 1, CV_32F, cv::Scalar(7)), asked.rows.features);
  check_close(score("MDS", fit, asked.rows), before);
}

BOOST_DATA_TEST_CASE(the_fiftieth_neighbour_or_the_last, data::make({120, 30}), count) {
  const Made fit(count, 1), asked(20, 2);
  const cv::Mat x = wide(fit.rows.features, true), y = wide(asked.rows.features, true);
  Values expected;
  for (int n = 0; n < y.rows; ++n) {
    Values distances;
    for (int i = 0; i < x.rows; ++i) distances.push_back(cv::norm(y.row(n) - x.row(i)));
    std::sort(distances.begin(), distances.end());
    expected.push_back(-distances[std::min(50, count) - 1]);
  }
  check_close(score("kNN", fit, asked.rows), expected);
}

namespace {

/// Pictures with two classes' scores and of a p-value.
Judged judged(const std::string& name, const std::vector<std::array<float, 2>>& scores,
              const std::vector<int64_t>& labels, const std::vector<float>& p_values) {
  Judged set;
  set.name = name;
  std::mt19937 random(7);
  for (size_t n = 0; n < scores.size(); ++n) {
    set.features.scores.push_back(cv::Mat(1, 2, CV_32F, const_cast<float*>(scores[n].data())));
    cv::Mat row(1, 3, CV_32F);  // of which the last is not at the cut
    for (int i = 0; i < 3; ++i) row.at<float>(i) = static_cast<float>(random() % 1000);
    set.features.values.push_back(row);
    set.features.files.push_back({"", labels[n]});
    set.features.own_class.push_back(scores[n][0] >= scores[n][1] ? 0 : 1);
    cv::dnn_gm::Verdict verdict;
    verdict.pValue = p_values[n];
    set.verdicts.push_back(verdict);
  }
  return set;
}

}  // namespace

BOOST_AUTO_TEST_CASE(figures_are_of_ranks_among_calibration_pictures) {
  // 99 calibration pictures, of energy about 0, 1, ... 98; a p-value below 0.05 is that of energies
  // that at most three of them reach from above.
  std::vector<std::array<float, 2>> scores;
  std::vector<int64_t> labels;
  for (int n = 0; n < 99; ++n) {
    scores.push_back({static_cast<float>(n), -100});
    labels.push_back(n % 2);
  }
  const auto calibrate = judged("", scores, labels, std::vector<float>(99, 1));
  // Right, right, wrong by the own last layer, whose class 0 is folder 1.
  const auto test =
      judged("test", {{50, -100}, {90, -100}, {2.5F, -100}}, {1, 1, 0}, {.5F, .9F, .02F});
  const auto outliers = judged("far", {{-1, -100}, {3.5F, -100}, {60, -100}, {10, -100}},
                               {-1, -1, -1, -1}, {.01F, .2F, .6F, .001F});
  const auto figures =
      rival_figures(calibrate.features, calibrate.features, test, {outliers}, 2, {1, 0});

  const auto& far = figures.at("outliers").at("far");
  // Of 3 x 4 pairs: 50 over three, 90 over four, 2.5 over one.
  BOOST_TEST(far.at("energy").at("auroc").get<double>() == 8. / 12);
  BOOST_TEST(far.at("energy").at("accepted_at_0.01").get<double>() == 1.);  // 1/100 is not below
  BOOST_TEST(far.at("energy").at("accepted_at_0.05").get<double>() == 3. / 4);
  BOOST_TEST(far.at("p_value").at("auroc").get<double>() == (3 + 4 + 2) / 12.);
  BOOST_TEST(far.at("p_value").at("accepted_at_0.05").get<double>() == 2. / 4);
  BOOST_TEST(figures.at("refused").at("energy").at("false_reject_at_0.05").get<double>() == 1. / 3,
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(figures.at("own_mistakes").at("energy").at("auroc").get<double>() == 1);
  BOOST_TEST(figures.at("own_mistakes").at("p_value").at("accepted_at_0.05").get<double>() == 0);
  BOOST_TEST(far.contains("kNN"));
  BOOST_TEST(rivals_html(figures).find("kNN") != std::string::npos);
  BOOST_TEST(rivals_html({}).empty());
}

BOOST_AUTO_TEST_CASE(a_network_of_unknown_scores_has_rivals_of_its_features_alone) {
  auto one = judged("test", {{1, 0}, {0, 1}, {2, 0}, {0, 3}}, {0, 1, 0, 1}, {.1F, .2F, .3F, .4F});
  one.features.scores = cv::Mat();
  one.features.own_class.clear();
  const auto figures = rival_figures(one.features, one.features, one, {one}, 2, {});
  BOOST_TEST(!figures.at("outliers").at("test").contains("MSP"));
  BOOST_TEST(figures.at("outliers").at("test").contains("RMDS"));
  BOOST_TEST(figures.at("own_mistakes").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
