// SPDX-License-Identifier: Apache-2.0
// Metrics of the classifier itself: risk and coverage, reliability, histograms.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <stdexcept>

#include "core/metrics/confidence.hpp"

using namespace gmtrain;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const auto kTolerance = boost::test_tools::tolerance(1e-15);

}  // namespace

BOOST_AUTO_TEST_SUITE(confidence)

BOOST_AUTO_TEST_CASE(risk_is_the_error_of_the_most_confident) {
  // In order of confidence: right, wrong, right, right.
  const auto curve = risk_coverage({0.6, 0.9, 0.7, 0.8}, {true, true, true, false});
  const double risks[] = {0, 1.0 / 2, 1.0 / 3, 1.0 / 4};
  BOOST_TEST_REQUIRE(curve.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    BOOST_TEST(curve[i].coverage == static_cast<double>(i + 1) / 4);
    BOOST_TEST(curve[i].risk == risks[i], kTolerance);
  }
  BOOST_TEST(aurc(curve) == (1.0 / 2 + 1.0 / 3 + 1.0 / 4) / 4, kTolerance);
}

BOOST_AUTO_TEST_CASE(ties_are_answered_in_random_order) {
  // A sure right answer, then four tied ones of which one is wrong: each adds a quarter of an
  // error.
  const auto curve = risk_coverage({0.5, 0.5, 1, 0.5, 0.5}, {true, false, true, true, true});
  const double risks[] = {0, 0.25 / 2, 0.5 / 3, 0.75 / 4, 1.0 / 5};
  for (size_t i = 0; i < 5; ++i) BOOST_TEST(curve[i].risk == risks[i], kTolerance);
}

BOOST_AUTO_TEST_CASE(risks_need_a_verdict_for_each_confidence) {
  BOOST_CHECK_THROW(risk_coverage({}, {}), std::invalid_argument);
  BOOST_CHECK_THROW(risk_coverage({1}, {true, false}), std::invalid_argument);
  BOOST_CHECK_THROW(risk_coverage({kNaN}, {true}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(bins_compare_confidence_with_accuracy) {
  // Four bins; 0.5 belongs to the second, 0 to the first, and the third is empty.
  const auto bins =
      reliability({0, 0.2, 0.4, 0.5, 0.9, 1}, {false, true, true, false, true, true}, 4);
  BOOST_TEST_REQUIRE(bins.size() == 3);
  BOOST_TEST(bins[0].confidence == 0.1, kTolerance);
  BOOST_TEST(bins[0].accuracy == 0.5);
  BOOST_TEST(bins[1].confidence == 0.45, kTolerance);
  BOOST_TEST(bins[1].accuracy == 0.5);
  BOOST_TEST(bins[2].confidence == 0.95, kTolerance);
  BOOST_TEST(bins[2].accuracy == 1);
  for (const auto& bin : bins) BOOST_TEST(bin.count == 2);
  BOOST_TEST(expected_calibration_error(bins) == (0.4 + 0.05 + 0.05) / 3,
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(the_calibration_error_weighs_bins_by_their_images) {
  // Three images at 1, of which two are right, one at 0.25 that is wrong: (3 * 1/3 + 1 * 1/4) / 4.
  const auto bins = reliability({1, 1, 1, 0.25}, {true, true, false, false}, 2);
  BOOST_TEST(expected_calibration_error(bins) == 1.25 / 4, kTolerance);
}

BOOST_AUTO_TEST_CASE(confidences_are_probabilities) {
  for (const double bad : {-0.1, 1.1, kNaN}) {
    BOOST_CHECK_THROW(reliability({bad}, {true}, 15), std::invalid_argument);
  }
  BOOST_CHECK_THROW(reliability({}, {}, 15), std::invalid_argument);
  BOOST_CHECK_THROW(reliability({1}, {}, 15), std::invalid_argument);
  BOOST_CHECK_THROW(reliability({1}, {true}, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(histograms_are_shares) {
  const auto shares = histogram({0, 0.25, 0.3, 0.999, 1}, 4);
  const std::vector<double> expected{0.2, 0.4, 0, 0.4};
  BOOST_TEST(shares == expected, boost::test_tools::per_element());
  for (const double bad : {-1e-9, 1.0000001, kNaN}) {
    BOOST_CHECK_THROW(histogram({bad}, 4), std::invalid_argument);
  }
  BOOST_CHECK_THROW(histogram({}, 4), std::invalid_argument);
  BOOST_CHECK_THROW(histogram({1}, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
