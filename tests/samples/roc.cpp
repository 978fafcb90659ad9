#include "roc.hpp"

#include <boost/test/unit_test.hpp>
#include <opencv2/core.hpp>

#include "samples/judged_by_counting.hpp"

using namespace samples;
using namespace gm_test;

BOOST_AUTO_TEST_SUITE(roc)

BOOST_AUTO_TEST_CASE(has_a_point_for_each_score) {
  const auto curve = roc_curve({3, 1, 2, 3}, {0, 2});
  const std::vector<std::vector<double>> expected = {
      {3, 0.5, 0}, {2, 0.75, 0.5}, {1, 1, 0.5}, {0, 1, 1}};
  BOOST_TEST_REQUIRE(curve.size() == 5U);
  BOOST_TEST(std::isinf(curve[0].threshold));
  BOOST_TEST(curve[0].true_accepts == 0);
  BOOST_TEST(curve[0].false_accepts == 0);
  for (size_t i = 0; i < 4; ++i) {
    BOOST_TEST(curve[i + 1].threshold == expected[i][0]);
    BOOST_TEST(curve[i + 1].true_accepts == expected[i][1]);
    BOOST_TEST(curve[i + 1].false_accepts == expected[i][2]);
  }
}

BOOST_AUTO_TEST_CASE(area_and_equal_error_rate_of_known_scores) {
  const auto near = boost::test_tools::tolerance(1e-12);
  // 8 pairs: 3 beats both (twice), 1 beats 0 only, 2 beats 0 and ties with 2.
  const auto curve = roc_curve({3, 1, 2, 3}, {0, 2});
  BOOST_TEST(auroc(curve) == 6.5 / 8, near);
  // Between (0.5 refused, 0 accepted) and (0.25, 0.5) the two meet at a third.
  BOOST_TEST(equal_error_rate(curve) == 1. / 3, near);

  const auto apart = roc_curve({5, 6}, {1, 2, 3});
  BOOST_TEST(auroc(apart) == 1);
  BOOST_TEST(equal_error_rate(apart) == 0);
  const auto reversed = roc_curve({1, 2, 3}, {5, 6});
  BOOST_TEST(auroc(reversed) == 0);
  BOOST_TEST(equal_error_rate(reversed) == 1);
  const auto equal = roc_curve({7, 7}, {7});
  BOOST_TEST(auroc(equal) == 0.5);
  BOOST_TEST(equal_error_rate(equal) == 0.5);
  // One good below one bad among four each.
  const auto crossed = roc_curve({2, 4, 5, 6}, {0, 1, 1.5, 3});
  BOOST_TEST(auroc(crossed) == 15. / 16, near);
  BOOST_TEST(equal_error_rate(crossed) == 0.25, near);
}

BOOST_AUTO_TEST_CASE(agrees_with_counting) {
  cv::RNG random(3);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> good(random.uniform(1, 30)), bad(random.uniform(1, 30));
    for (double& score : good) score = random.uniform(2, 12);
    for (double& score : bad) score = random.uniform(0, 9);
    const auto curve = roc_curve(good, bad);
    BOOST_TEST(auroc(curve) == counted_auroc(good, bad), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(std::abs(equal_error_rate(curve) - counted_eer(good, bad)) < 1e-12);
  }
}

BOOST_AUTO_TEST_SUITE_END()
