// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/detection.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>

#include "core/metrics/classification.hpp"
#include "message_of.hpp"

using namespace gmtrain;
using Scores = std::vector<double>;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Share of pairs in order, ties counted half, pair by pair.
double naive_auroc(const Scores& normal, const Scores& abnormal) {
  double wins = 0;
  for (const double n : normal) {
    for (const double a : abnormal) wins += n > a ? 1 : n == a ? 0.5 : 0;
  }
  return wins / static_cast<double>(normal.size() * abnormal.size());
}

double share_at_least(const Scores& scores, double threshold) {
  double count = 0;
  for (const double s : scores) count += s >= threshold;
  return count / static_cast<double>(scores.size());
}

/// Sum over distinct thresholds of (R_i - R_{i-1}) P_i, threshold by threshold.
double naive_average_precision(const Scores& positive, const Scores& negative) {
  Scores thresholds = positive;
  std::sort(thresholds.begin(), thresholds.end(), std::greater<>());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  double area = 0, recall = 0;
  for (const double t : thresholds) {
    const double found = share_at_least(positive, t) * static_cast<double>(positive.size());
    const double mistaken = share_at_least(negative, t) * static_cast<double>(negative.size());
    area += (share_at_least(positive, t) - recall) * found / (found + mistaken);
    recall = share_at_least(positive, t);
  }
  return area;
}

Scores negated(Scores scores) {
  for (double& s : scores) s = -s;
  return scores;
}

/// Scores on a coarse grid, so that many are tied.
Scores random_scores(std::mt19937& random, size_t count, double mean) {
  std::normal_distribution<double> normal(mean, 2);
  Scores scores(count);
  for (double& s : scores) s = std::round(normal(random));
  return scores;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(detection)

BOOST_AUTO_TEST_CASE(values_worked_out_by_hand) {
  // Pairs: 4 beats 3, 1 (2); 2 beats 1 (1); 5 beats 3, 1 (2): 5 of 6.
  const Scores normal{4, 2, 5}, abnormal{3, 1};
  BOOST_TEST(auroc(normal, abnormal) == 5.0 / 6);
  // Points (accepted normal, accepted abnormal) at thresholds 5, 4, 3, 2, 1:
  // (1/3,0) (2/3,0) (2/3,1/2) (1,1/2) (1,1). Rejected minus accepted is 1/3 at 4 and 1/3 - 1/2 =
  // -1/6 at 3: the crossing lies 2/3 of the way, at 1/2 * 2/3 = 1/3, where 1/3 is rejected too.
  BOOST_TEST(eer(normal, abnormal) == 1.0 / 3, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(fpr_at_tpr(normal, abnormal, 0.95) == 0.5);
  BOOST_TEST(fpr_at_tpr(normal, abnormal, 0.5) == 0);
  BOOST_TEST(fpr_at_tpr(normal, abnormal, 1) == 0.5);
}

BOOST_AUTO_TEST_CASE(average_precision_worked_out_by_hand) {
  const auto tolerance = boost::test_tools::tolerance(1e-15);
  // Found in the order n n a n a: precision 1, 1 and 3/4 at recall 1/3, 2/3, 1.
  BOOST_TEST(aupr_in({4, 2, 5}, {3, 1}) == (1 + 1 + 0.75) / 3, tolerance);
  // From below, a n a n n: precision 1 and 2/3 at recall 1/2, 1.
  BOOST_TEST(aupr_out({4, 2, 5}, {3, 1}) == (1 + 2.0 / 3) / 2, tolerance);
  // Tied inputs come in together: precision 1 and 2/3; with all tied the share of positives.
  BOOST_TEST(aupr_in({1, 2}, {1, 0}) == (1 + 2.0 / 3) / 2, tolerance);
  BOOST_TEST(aupr_in({3, 3, 3}, {3, 3}) == 3.0 / 5, tolerance);
  BOOST_TEST(aupr_out({3, 3, 3}, {3, 3}) == 2.0 / 5, tolerance);
  BOOST_TEST(aupr_in({kInfinity, 2}, {-kInfinity}) == 1);
  BOOST_TEST(aupr_out({kInfinity, 2}, {-kInfinity}) == 1);
}

BOOST_AUTO_TEST_CASE(ties_count_half) {
  // Pairs: 1-1 tie, 1>0, 2>1, 2>0: (0.5 + 3) / 4.
  BOOST_TEST(auroc({1, 2}, {1, 0}) == 3.5 / 4);
  // Points (1/2,0) at 2, (1,1/2) at 1: rejected minus accepted is 1/2, then -1/2; half way: 1/4.
  BOOST_TEST(eer({1, 2}, {1, 0}) == 0.25);
}

BOOST_AUTO_TEST_CASE(all_equal_is_chance) {
  const Scores normal{3, 3, 3}, abnormal{3, 3};
  BOOST_TEST(auroc(normal, abnormal) == 0.5);
  BOOST_TEST(eer(normal, abnormal) == 0.5);
  BOOST_TEST(fpr_at_tpr(normal, abnormal, 0.95) == 1);
}

BOOST_AUTO_TEST_CASE(perfect_and_inverted) {
  const Scores high{5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, low{1, 2, 3};
  BOOST_TEST(auroc(high, low) == 1);
  BOOST_TEST(eer(high, low) == 0);
  BOOST_TEST(fpr_at_tpr(high, low, 0.95) == 0);
  BOOST_TEST(auroc(low, high) == 0);
  BOOST_TEST(eer(low, high) == 1);
  BOOST_TEST(fpr_at_tpr(low, high, 0.95) == 1);
}

BOOST_AUTO_TEST_CASE(single_scores) {
  BOOST_TEST(auroc({2}, {1}) == 1);
  BOOST_TEST(auroc({1}, {2}) == 0);
  BOOST_TEST(auroc({1}, {1}) == 0.5);
  BOOST_TEST(eer({2}, {1}) == 0);
  BOOST_TEST(eer({1}, {2}) == 1);
  BOOST_TEST(eer({1}, {1}) == 0.5);
}

BOOST_AUTO_TEST_CASE(at_least_the_rate_is_accepted_at_its_threshold) {
  // Of 20 normal scores 1..20, 19 lie at 2 or above, which is 95 % exactly; abnormal 1.5 stays out.
  Scores normal;
  for (int i = 1; i <= 20; ++i) normal.push_back(i);
  BOOST_TEST(fpr_at_tpr(normal, {1.5, 2, 0.5, 30}, 0.95) == 0.5);
  BOOST_TEST(fpr_at_tpr(normal, {1.5, 2, 0.5, 30}, 0.951) == 0.75);
}

BOOST_AUTO_TEST_CASE(infinite_scores_are_ordered) {
  BOOST_TEST(auroc({kInfinity, 0}, {-kInfinity, 0}) == 3.5 / 4);
  BOOST_TEST(auroc({-kInfinity}, {-kInfinity}) == 0.5);
  BOOST_TEST(auroc({-kInfinity}, {-1e308}) == 0);
  BOOST_TEST(eer({kInfinity, kInfinity}, {-kInfinity}) == 0);
  BOOST_TEST(fpr_at_tpr({kInfinity, -kInfinity}, {-kInfinity, 0}, 1) == 1);
}

BOOST_AUTO_TEST_CASE(the_curve_runs_from_none_to_all_through_each_threshold) {
  std::mt19937 random(3);
  const Scores normal = random_scores(random, 40, 1), abnormal = random_scores(random, 30, 0);
  const auto curve = roc_curve(normal, abnormal);
  BOOST_TEST(curve.front().true_positive_rate == 0);
  BOOST_TEST(curve.front().false_positive_rate == 0);
  BOOST_TEST(curve.back().true_positive_rate == 1);
  BOOST_TEST(curve.back().false_positive_rate == 1);
  for (size_t i = 0; i < curve.size(); ++i) {
    BOOST_TEST(curve[i].true_positive_rate == share_at_least(normal, curve[i].threshold));
    BOOST_TEST(curve[i].false_positive_rate == share_at_least(abnormal, curve[i].threshold));
    if (i > 0) BOOST_TEST(curve[i].threshold < curve[i - 1].threshold);
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_counting_pair_by_pair) {
  std::mt19937 random(1);
  for (const auto& [n, a] : {std::pair{1, 7}, {13, 1}, {50, 60}, {200, 31}}) {
    const Scores normal = random_scores(random, n, 1), abnormal = random_scores(random, a, 0);
    BOOST_TEST(auroc(normal, abnormal) == naive_auroc(normal, abnormal));
    BOOST_TEST(auroc(abnormal, normal) == naive_auroc(abnormal, normal));
    const auto tolerance = boost::test_tools::tolerance(1e-13);
    BOOST_TEST(aupr_in(normal, abnormal) == naive_average_precision(normal, abnormal), tolerance);
    BOOST_TEST(
        aupr_out(normal, abnormal) == naive_average_precision(negated(abnormal), negated(normal)),
        tolerance);
  }
}

BOOST_AUTO_TEST_CASE(only_the_order_of_scores_matters) {
  std::mt19937 random(2);
  Scores normal = random_scores(random, 100, 1), abnormal = random_scores(random, 80, 0);
  const double area = auroc(normal, abnormal), equal = eer(normal, abnormal),
               accepted = fpr_at_tpr(normal, abnormal, 0.95);
  BOOST_TEST((area > 0.5 && area < 1 && equal > 0 && equal < 0.5 && accepted > 0 && accepted < 1));
  for (Scores* scores : {&normal, &abnormal}) {
    for (double& s : *scores) s = std::exp(3 * s) - 100;
  }
  BOOST_TEST(auroc(normal, abnormal) == area);
  BOOST_TEST(eer(normal, abnormal) == equal);
  BOOST_TEST(fpr_at_tpr(normal, abnormal, 0.95) == accepted);
}

BOOST_AUTO_TEST_CASE(at_the_equal_error_rate_both_errors_are_equal) {
  // Where the curve has a point at which both are equal, that is the rate: 1 of 4 each.
  BOOST_TEST(eer({1, 3, 4, 5}, {0, 0.5, 2, 3.5}) == 0.25);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_measured_is_an_error_of_the_function) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto message = [](auto function) { return message_of<std::invalid_argument>(function); };
  BOOST_TEST(message([] { auroc({}, {1}); }) == "auroc: no normal scores");
  BOOST_TEST(message([] { eer({1}, {}); }) == "eer: no abnormal scores");
  BOOST_TEST(message([&] { auroc({1, nan}, {1}); }) == "auroc: a NaN among the normal scores");
  BOOST_TEST(message([&] { eer({1}, {nan}); }) == "eer: a NaN among the abnormal scores");
  BOOST_TEST(contains(message([&] { fpr_at_tpr({nan}, {1}, 0.5); }), "fpr_at_tpr: a NaN"));
  BOOST_TEST(contains(message([&] { roc_curve({nan}, {1}); }), "roc_curve: a NaN"));
  BOOST_TEST(message([] { aupr_in({}, {1}); }) == "aupr_in: no normal scores");
  BOOST_TEST(message([&] { aupr_out({1}, {nan}); }) == "aupr_out: a NaN among the abnormal scores");
  for (const double tpr : {0.0, 1.01, nan}) {
    BOOST_TEST(contains(message([&] { fpr_at_tpr({1}, {1}, tpr); }), "fpr_at_tpr: expected"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(classification)

BOOST_AUTO_TEST_CASE(errors_are_counted_in_percent) {
  BOOST_TEST(error_percent({0, 1, 2, 3}, {0, 1, 1, 3}) == 25);
  BOOST_TEST(error_percent({5}, {5}) == 0);
  BOOST_TEST(error_percent({5}, {4}) == 100);
  BOOST_CHECK_THROW(error_percent({}, {}), std::invalid_argument);
  BOOST_CHECK_THROW(error_percent({1}, {1, 2}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(classes_before_the_true_one_are_counted) {
  const std::vector<double> values{0.1, 0.4, 0.4, -INFINITY, 0.2};
  std::vector<int64_t> ranks;
  for (int64_t label = 0; label < 5; ++label) ranks.push_back(rank_of_label(values, label));
  // As argmax does, the first of equal values comes first.
  BOOST_TEST(ranks == (std::vector<int64_t>{3, 0, 1, 4, 2}), boost::test_tools::per_element());
  BOOST_TEST(top_error_percent(ranks, 1) == 80);
  BOOST_TEST(top_error_percent(ranks, 4) == 20);
  BOOST_TEST(top_error_percent(ranks, 5) == 0);
  BOOST_CHECK_THROW(top_error_percent({}, 1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_has_no_rank) {
  BOOST_TEST(contains(message_of<std::invalid_argument>([] {
                        rank_of_label({0.5, NAN, 0.1}, 0);
                      }),
                      "NaN for class 1"));
  for (const int64_t label : {-1, 2}) {
    BOOST_TEST(contains(message_of<std::invalid_argument>([&] {
                          rank_of_label({0, 1}, label);
                        }),
                        "label below the 2 classes"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
