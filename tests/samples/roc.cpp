// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "dnn_gm/samples/common.hpp"
#include "samples/judged_by_counting.hpp"

using namespace gm_test;

BOOST_AUTO_TEST_SUITE(roc)

BOOST_AUTO_TEST_CASE(has_a_point_for_each_score) {
  const Roc curve({3, 1, 2, 3}, {0, 2});
  // Of the bad and of the good, at +inf, 3, 2, 1 and 0.
  const std::vector<cv::Point2d> expected = {{0, 0}, {0, 0.5}, {0.5, 0.75}, {0.5, 1}, {1, 1}};
  BOOST_TEST_REQUIRE(curve.points.size() == 5U);
  for (size_t i = 0; i < 5; ++i) BOOST_TEST((curve.points[i] == expected[i]), i);
}

BOOST_AUTO_TEST_CASE(area_and_equal_error_rate_of_known_scores) {
  const auto near = boost::test_tools::tolerance(1e-12);
  // 8 pairs: 3 beats both (twice), 1 beats 0 only, 2 beats 0 and ties with 2.
  const Roc curve({3, 1, 2, 3}, {0, 2});
  BOOST_TEST(curve.area == 6.5 / 8, near);
  // Between (0.5 refused, 0 accepted) and (0.25, 0.5) the two meet at a third.
  BOOST_TEST(curve.equalErrorRate == 1. / 3, near);

  const Roc apart({5, 6}, {1, 2, 3});
  BOOST_TEST(apart.area == 1);
  BOOST_TEST(apart.equalErrorRate == 0);
  const Roc reversed({1, 2, 3}, {5, 6});
  BOOST_TEST(reversed.area == 0);
  BOOST_TEST(reversed.equalErrorRate == 1);
  const Roc equal({7, 7}, {7});
  BOOST_TEST(equal.area == 0.5);
  BOOST_TEST(equal.equalErrorRate == 0.5);
  // One good below one bad among four each.
  const Roc crossed({2, 4, 5, 6}, {0, 1, 1.5, 3});
  BOOST_TEST(crossed.area == 15. / 16, near);
  BOOST_TEST(crossed.equalErrorRate == 0.25, near);
}

BOOST_AUTO_TEST_CASE(the_best_threshold_is_halfway_between_two_scores_the_highest_of_several) {
  BOOST_TEST(Roc({5, 6}, {1, 2, 3}).bestThreshold == 4);
  // One of four wrong at 0.6 as at 0.3, which comes later from above.
  BOOST_TEST(Roc({0.3, 0.6}, {0.1, 0.4}).bestThreshold == 0.5);
  // Here most is right if all is accepted, or nothing.
  const double infinity = std::numeric_limits<double>::infinity();
  BOOST_TEST(Roc({1, 2, 3}, {5}).bestThreshold == -infinity);
  BOOST_TEST(Roc({1}, {5, 6, 7}).bestThreshold == infinity);
}

BOOST_AUTO_TEST_CASE(agrees_with_counting) {
  cv::RNG random(3);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> good(random.uniform(1, 30)), bad(random.uniform(1, 30));
    for (double& score : good) score = random.uniform(2, 12);
    for (double& score : bad) score = random.uniform(0, 9);
    const Roc curve(good, bad);
    BOOST_TEST(curve.area == counted_auroc(good, bad), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(std::abs(curve.equalErrorRate - counted_eer(good, bad)) < 1e-12);
  }
}

BOOST_AUTO_TEST_SUITE_END()
