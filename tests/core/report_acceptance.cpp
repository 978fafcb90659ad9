// SPDX-License-Identifier: Apache-2.0
#include "core/report/threshold.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "core/report/examples.hpp"
#include "core/report/page.hpp"

using namespace gmtrain;
using namespace gmtrain::report;

namespace {

/// Images 0, 1, ... of which every third is classified wrongly.
ScoreTable table(const std::string& set, const std::vector<double>& log_likelihood) {
  ScoreTable made;
  made.set = set;
  made.score("log_likelihood") = log_likelihood;
  for (size_t i = 0; i < log_likelihood.size(); ++i) {
    made.image.push_back(static_cast<int64_t>(i));
    made.label.push_back(static_cast<int64_t>(i % 3));
    made.predicted.push_back(i % 3 == 2 ? 0 : static_cast<int64_t>(i % 3));
  }
  return made;
}

std::vector<double> draw(size_t count, double mean, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(mean, 1);
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_acceptance)

BOOST_AUTO_TEST_CASE(quantiles_have_both_ends_and_even_ranks) {
  std::vector<double> values(1001);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  const std::vector<double> expected{0, 250, 500, 750, 1000};
  BOOST_TEST(quantiles(values, 5) == expected, boost::test_tools::per_element());
  const std::vector<double> few{3, 4};
  BOOST_TEST(quantiles(few, 5) == few, boost::test_tools::per_element());
  BOOST_TEST(quantiles({}, 5).empty());
}

BOOST_AUTO_TEST_CASE(counts_are_exact_at_every_threshold) {
  const std::vector<ScoreTable> tables{table("clean", draw(3000, 0, 1)),
                                       table("attack", draw(2000, -2, 2))};
  const auto scores = acceptance(tables);
  BOOST_REQUIRE(scores.size() == 1);
  const auto& thresholds = scores[0].thresholds;
  BOOST_TEST(thresholds.size() > 900);
  BOOST_TEST(thresholds.size() <= 1000);
  BOOST_TEST(std::is_sorted(thresholds.begin(), thresholds.end()));
  for (size_t set = 0; set < tables.size(); ++set) {
    const auto& counts = scores[0].sets[set];
    BOOST_TEST(counts.set == tables[set].set);
    BOOST_TEST(counts.images == tables[set].size());
    const auto& values = tables[set].score("log_likelihood");
    for (size_t t = 0; t < thresholds.size(); t += 7) {
      int64_t accepted = 0, wrong = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        accepted += values[i] >= thresholds[t];
        wrong += values[i] >= thresholds[t] && i % 3 == 2;
      }
      BOOST_TEST(counts.accepted[t] == accepted);
      BOOST_TEST(counts.accepted_and_wrong[t] == wrong);
    }
  }
}

BOOST_AUTO_TEST_CASE(few_scores_are_all_thresholds) {
  const auto scores = acceptance({table("clean", {2, 1, 1}), table("attack", {0.5, 2})});
  const std::vector<double> expected{0.5, 1, 2};
  BOOST_TEST(scores[0].thresholds == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(infinite_scores_are_counted_but_are_no_thresholds) {
  const auto scores = acceptance({table("clean", {-INFINITY, 1, INFINITY})});
  const std::vector<double> expected{1};
  BOOST_TEST(scores[0].thresholds == expected, boost::test_tools::per_element());
  BOOST_TEST(scores[0].sets[0].accepted[0] == 2);
}

BOOST_AUTO_TEST_CASE(a_score_that_a_set_lacks_is_left_out) {
  auto clean = table("clean", {1, 2}), attack = table("attack", {0, 1});
  clean.score("p_value") = {0.5, 1};
  BOOST_TEST(acceptance({clean, attack}).size() == 1U);
  attack.score("p_value") = {0.001, 0.02};
  const auto scores = acceptance({clean, attack});
  BOOST_REQUIRE(scores.size() == 2);
  const std::vector<double> expected{0.001, 0.01, 0.02, 0.05, 0.5, 1};
  BOOST_TEST(scores[1].thresholds == expected, boost::test_tools::per_element());
  BOOST_CHECK_THROW(acceptance({}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(examples_are_at_even_ranks) {
  std::vector<double> log_likelihood;
  for (int i = 0; i < 40; ++i) log_likelihood.push_back(-i);
  const auto places = example_places(table("clean", log_likelihood), 4);
  // The middles of four parts of ten; the 40 images are in descending order.
  const std::vector<int64_t> middles{34, 24, 14, 4};
  BOOST_TEST(places == middles, boost::test_tools::per_element());
  BOOST_TEST(example_places(table("clean", {1, 0}), 4).size() == 2U);
}

BOOST_AUTO_TEST_CASE(extremes_are_of_the_labelled_class) {
  // Labels 0, 1, 2, 0, 1, 2, ...
  const auto all = extremes_of(table("clean", {5, 0, 0, 9, 0, 0, 7, 0}), 4, 2);
  BOOST_REQUIRE(all.size() == 4);
  const std::vector<int64_t> least{0, 6}, most{3};
  BOOST_TEST(all[0].least == least, boost::test_tools::per_element());
  BOOST_TEST(all[0].most == most, boost::test_tools::per_element());
  BOOST_TEST(all[3].least.empty());
}

BOOST_AUTO_TEST_CASE(large_images_are_made_small) {
  // Noise does not compress: 64 x 21 pixels of 3 bytes are 5 kB in base64, 300 x 100 were 120 kB.
  cv::Mat large(300, 100, CV_8UC3), small(20, 20, CV_8UC1);
  cv::randu(large, 0, 256);
  cv::randu(small, 0, 256);
  const auto bytes = thumbnail_uri(large).size();
  BOOST_TEST(bytes > 4000U);
  BOOST_TEST(bytes < 8000U);
  BOOST_TEST(thumbnail_uri(small) == png_data_uri(small));
}

BOOST_AUTO_TEST_SUITE_END()
