// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/figures.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "core/metrics/detection.hpp"

using namespace gmtrain;

namespace {

/// Images 0, 1, ... of class 0.
ScoreTable table(const std::string& set, const std::vector<int64_t>& predicted,
                 const std::vector<double>& log_likelihood) {
  ScoreTable made;
  made.set = set;
  made.predicted = predicted;
  made.label.assign(predicted.size(), 0);
  for (size_t i = 0; i < predicted.size(); ++i) made.image.push_back(static_cast<int64_t>(i));
  made.score("log_likelihood") = log_likelihood;
  made.score("neg_log_error") = log_likelihood;
  for (const double value : log_likelihood) {
    made.posterior.push_back(std::exp(value));
    made.distance.push_back(-2 * value);
    made.accepted_up_to.push_back(std::exp(value));
  }
  return made;
}

const ScoreTable kClean = table("clean", {0, 0, 0, 1}, {-0.1, -0.2, -0.3, -0.4});
// Images 1 and 2 are turned wrong; 3 was wrong before.
const ScoreTable kAttacked = table("attack", {0, 1, 2, 1}, {-0.15, -0.25, -3.5, -0.5});

}  // namespace

BOOST_AUTO_TEST_SUITE(figures)

BOOST_AUTO_TEST_CASE(attacks_are_counted_over_all_images_and_over_successes) {
  const auto all = attack_figures(kClean, kAttacked);
  const auto& high = kClean.score("log_likelihood");
  BOOST_TEST(all["error"].get<double>() == 75);
  BOOST_TEST(all["images"].get<int64_t>() == 4);
  BOOST_TEST(all["auroc"].get<double>() == auroc(high, kAttacked.score("log_likelihood")));
  const std::vector<double> turned{-0.25, -3.5};
  const auto& part = all["successful"];
  BOOST_TEST(part["images"].get<int64_t>() == 2);
  BOOST_TEST(part["auroc"].get<double>() == auroc(high, turned));
  BOOST_TEST(part["aupr_in"].get<double>() == aupr_in(high, turned));
  BOOST_TEST(part["aupr_out"].get<double>() == aupr_out(high, turned));
  BOOST_TEST(part["fpr95"].get<double>() == fpr_at_tpr(high, turned, 0.95));
  BOOST_TEST(part["eer_likelihood"].get<double>() == 100 * eer(high, turned));
  BOOST_TEST(part["scores"]["neg_log_error"]["auroc"].get<double>() == auroc(high, turned));
  // exp(-0.25) = 0.78 and exp(-3.5) = 0.03 are at least 0.01; only the first is at least 0.05.
  BOOST_TEST(all["accepted_at_0.01"].get<double>() == 1);
  BOOST_TEST(all["accepted_at_0.05"].get<double>() == 0.5);
}

BOOST_AUTO_TEST_CASE(what_the_distance_alone_accepts_stands_beside) {
  ScoreTable clean = kClean, attacked = kAttacked;
  BOOST_TEST(!attack_figures(clean, attacked).contains("accepted_by_distance_at_0.01"));
  clean.score("p_value_by_distance") = {1, 1, 1, 1};
  attacked.score("p_value_by_distance") = {1, 0.01F, 0.005, 1};
  const auto figures = attack_figures(clean, attacked);
  BOOST_TEST(figures["accepted_by_distance_at_0.01"].get<double>() == 0.5);
  BOOST_TEST(figures["accepted_by_distance_at_0.05"].get<double>() == 0);
  BOOST_TEST(figures["accepted_at_0.01"].get<double>() == 1);
}

BOOST_AUTO_TEST_CASE(an_attack_that_never_succeeds_says_so) {
  const auto figures = attack_figures(kClean, kClean);
  BOOST_TEST(figures["successful"].dump() == R"({"images":0})");
  BOOST_TEST(!figures.contains("accepted_at_0.01"));
}

BOOST_AUTO_TEST_CASE(attacks_are_compared_with_their_own_images) {
  BOOST_CHECK_THROW(attack_figures(kClean.rows({0, 1, 3, 2}), kAttacked), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(outliers_are_counted_over_all_images) {
  const auto figures = outlier_figures(kClean, kAttacked);
  BOOST_TEST(figures["eer"].get<double>() ==
             100 * eer(kClean.score("log_likelihood"), kAttacked.score("log_likelihood")));
  BOOST_TEST(figures["accepted_at_0.05"].get<double>() == 0.75);
  BOOST_TEST(!figures.contains("successful"));
}

BOOST_AUTO_TEST_CASE(classification_is_judged_by_confidence) {
  const auto figures = classification_figures(kClean);
  // Only the least confident of four is wrong.
  BOOST_TEST(figures["aurc"].get<double>() == 1.0 / 16);
  BOOST_TEST(figures["risk_coverage"].dump() == "[[0.25,0.0],[0.5,0.0],[0.75,0.0],[1.0,0.25]]");
  int64_t images = 0;
  for (const auto& bin : figures["reliability"]) images += bin["count"].get<int64_t>();
  BOOST_TEST(images == 4);
}

BOOST_AUTO_TEST_CASE(curves_are_short_and_whole) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 1);
  std::vector<double> high, low;
  for (int i = 0; i < 3000; ++i) {
    high.push_back(-1 / (1 + std::exp(normal(random) + 1)));
    low.push_back(-1 / (1 + std::exp(normal(random))));
  }
  const std::vector<int64_t> right(3000, 0);
  const auto clean = table("clean", right, high), other = table("other", right, low);
  const auto curve = roc_figures(clean, other)["log_likelihood"];
  BOOST_TEST(curve.size() <= 201);
  BOOST_TEST(curve.size() >= 190);
  BOOST_TEST(curve.front().dump() == "[0.0,0.0]");
  BOOST_TEST(curve.back().dump() == "[1.0,1.0]");
  // The area under the drawn curve is that under the whole one.
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i][0].get<double>() - curve[i - 1][0].get<double>()) *
            (curve[i][1].get<double>() + curve[i - 1][1].get<double>()) / 2;
  }
  BOOST_TEST(std::abs(area - auroc(high, low)) < 1e-3);
  BOOST_TEST(classification_figures(clean)["risk_coverage"].size() == 100);
}

BOOST_AUTO_TEST_CASE(histograms_are_of_exp_minus_d) {
  const auto figures = histogram_figures({kClean, kAttacked});
  const auto likelihood = figures["attack"]["likelihood"];
  BOOST_TEST(likelihood.size() == 50);
  // exp(-3.5) = 0.030 lies in the second of 50 bins.
  BOOST_TEST(likelihood[1].get<double>() == 0.25);
  BOOST_TEST(figures["clean"]["posterior"].size() == 50);
}

BOOST_AUTO_TEST_CASE(affinities_are_brought_to_0_and_1_over_all_sets) {
  ScoreTable clean = kClean, attacked = kAttacked;
  clean.distance.clear();
  attacked.distance.clear();
  clean.score("log_likelihood") = {10, 9, 8, 7};
  attacked.score("log_likelihood") = {5, 4, 3, 0};
  const auto figures = histogram_figures({clean, attacked});
  BOOST_TEST(figures["clean"]["likelihood"][49].get<double>() == 0.25);
  BOOST_TEST(figures["attack"]["likelihood"][25].get<double>() == 0.25);
  BOOST_TEST(figures["attack"]["likelihood"][0].get<double>() == 0.25);
}

BOOST_AUTO_TEST_CASE(ranks_count_calibration_scores_at_most_as_high) {
  const std::vector<double> held_out{1, 2, 2, 3};
  BOOST_TEST(rank_p_value(held_out, 0.5) == 1.0 / 5);
  BOOST_TEST(rank_p_value(held_out, 2) == 4.0 / 5);
  BOOST_TEST(rank_p_value(held_out, 9) == 1);
  BOOST_TEST(rank_p_value({}, 9) == 1);
}

BOOST_AUTO_TEST_CASE(tables_are_written_as_csv) {
  ScoreTable clean = kClean.rows({3, 0});
  clean.score("log_density") = {-5, 0.1};
  clean.energy = {3, 16777216};
  clean.doubt = {-4, -1.F / 3};
  ScoreTable foreign = table("foreign", {7}, {-1});
  foreign.features = {{0.5, -1}};
  BOOST_TEST(
      scores_csv({clean, foreign}) ==
      "set,image,label,predicted,log_likelihood,log_density,neg_log_error,p_value,distance,energy,"
      "doubt\n"
      "clean,3,0,1,-0.4,-5,-0.4,,0.8,3,-4\n"
      "clean,0,0,0,-0.1,0.1,-0.1,,0.2,16777216,-0.333333343\n"
      "foreign,0,0,7,-1,,-1,,2,,\n");
  BOOST_TEST(features_csv({clean, foreign}) == "set,label,x,y\nforeign,0,0.5,-1\n");
}

BOOST_AUTO_TEST_SUITE_END()
