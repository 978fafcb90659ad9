// SPDX-License-Identifier: Apache-2.0
#include "core/verification/cross_validation.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "message_of.hpp"

using namespace gmtrain;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Pairs of images that nothing looks at.
std::vector<ImagePair> pairs_of(const std::vector<bool>& same, const std::vector<int64_t>& folds) {
  std::vector<ImagePair> pairs;
  for (size_t i = 0; i < same.size(); ++i) pairs.push_back({0, 1, same[i], folds[i]});
  return pairs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cross_validation)

BOOST_AUTO_TEST_CASE(the_threshold_lies_between_the_scores_it_parts) {
  BOOST_TEST(best_threshold({1, 4, 2, 8}, {false, true, false, true}) == 3);
  // From above: genuine 9, impostor 7, genuine 6 and 5, impostor 2. Accepting down to 5 has 4 of 5
  // right, down to 9 only 3.
  BOOST_TEST(best_threshold({9, 7, 6, 5, 2}, {true, false, true, true, false}) == 3.5);
  // Down to 9 and down to 6 are equally good: the higher is taken.
  BOOST_TEST(best_threshold({9, 7, 6, 2}, {true, false, true, false}) == 8);
}

BOOST_AUTO_TEST_CASE(equal_scores_are_not_parted) {
  // Within the three equal scores, accepting the two genuine ones alone would be right everywhere.
  BOOST_TEST(best_threshold({5, 5, 5, 1}, {true, false, true, false}) == 3);
}

BOOST_AUTO_TEST_CASE(to_accept_all_or_none_may_be_best) {
  BOOST_TEST(best_threshold({1, 2}, {false, false}) == kInfinity);
  BOOST_TEST(best_threshold({1, 2}, {true, true}) == -kInfinity);
  BOOST_TEST(best_threshold({1, 2}, {true, false}) == kInfinity);  // inverted
  BOOST_TEST(best_threshold({3, 3}, {true, false}) == kInfinity);  // half right either way
}

BOOST_AUTO_TEST_CASE(large_scores_do_not_overflow) {
  BOOST_TEST(best_threshold({1.5e308, 1.0e308}, {true, false}) == 1.25e308);
}

BOOST_AUTO_TEST_CASE(worked_out_by_hand) {
  // Fold 0: genuine 8, impostor 3. Fold 1: genuine 4, impostor 2. Fold 2: genuine 10, impostor 5.
  const std::vector<double> scores{8, 3, 4, 2, 10, 5};
  const auto pairs = pairs_of({true, false, true, false, true, false}, {0, 0, 1, 1, 2, 2});
  const auto result = cross_validate(scores, pairs);
  // Without fold 0, from above: 10+ 5- 4+ 2-; down to 10 and to 4 are equally good: 7.5.
  // Without fold 1: 10+ 8+ 5- 3-: 6.5. Without fold 2: 8+ 4+ 3- 2-: 3.5.
  const std::vector<double> thresholds{7.5, 6.5, 3.5}, accuracies{1, 0.5, 0.5};
  for (size_t f = 0; f < 3; ++f) {
    BOOST_TEST(result.folds[f].threshold == thresholds[f]);
    BOOST_TEST(result.folds[f].accuracy == accuracies[f]);
  }
  const auto tolerance = boost::test_tools::tolerance(1e-15);
  BOOST_TEST(result.accuracy == 2.0 / 3, tolerance);
  // Squared deviations 1/9, 1/36, 1/36 sum to 1/6; s^2 = 1/12; s / sqrt(3) = 1/6.
  BOOST_TEST(result.standard_error == 1.0 / 6, tolerance);
}

BOOST_AUTO_TEST_CASE(a_fold_does_not_choose_its_own_threshold) {
  // Fold 0 by itself is separable at 0, but the other folds' threshold is 100.
  const std::vector<double> scores{1, -1, 101, 99, 101, 99};
  const auto pairs = pairs_of({true, false, true, false, true, false}, {0, 0, 1, 1, 2, 2});
  const auto result = cross_validate(scores, pairs);
  BOOST_TEST(result.folds[0].threshold == 100);
  BOOST_TEST(result.folds[0].accuracy == 0.5);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_validated_is_an_error) {
  const auto message = [](const std::vector<double>& scores, const std::vector<ImagePair>& pairs) {
    return message_of<std::invalid_argument>([&] { cross_validate(scores, pairs); });
  };
  BOOST_TEST(contains(message({1, 2}, pairs_of({true, false}, {0, 0})), "two folds, found 1"));
  BOOST_TEST(contains(message({1, 2}, pairs_of({true, false}, {0, 2})), "no pairs in fold 1"));
  BOOST_TEST(contains(message({1}, pairs_of({true, false}, {0, 1})), "each of 2 pairs, found 1"));
  BOOST_TEST(contains(message({1, NAN}, pairs_of({true, false}, {0, 1})), "finite"));
  BOOST_CHECK_THROW(best_threshold({}, {}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
