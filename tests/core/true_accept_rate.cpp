// SPDX-License-Identifier: Apache-2.0

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <stdexcept>

#include "core/metrics/detection.hpp"

using namespace gmtrain;

BOOST_AUTO_TEST_SUITE(verification_rates)

BOOST_AUTO_TEST_CASE(true_accept_rate_worked_out_by_hand) {
  // Impostors 1..10; genuine pairs around the highest of them.
  std::vector<double> impostor(10);
  std::iota(impostor.begin(), impostor.end(), 1.0);
  const std::vector<double> genuine{11, 10.5, 9.5, 9, 8.5, 0};
  // One impostor, the 10, may be accepted, down to just above 9: 11, 10.5, 9.5.
  BOOST_TEST(true_accept_rate(genuine, impostor, 0.1).value() == 0.5);
  // As far as 8.5 lies above the third, 8: accepted with 10, 9.
  BOOST_TEST(true_accept_rate(genuine, impostor, 0.2).value() == 5.0 / 6);
  BOOST_TEST(true_accept_rate(genuine, impostor, 0.29).value() == 5.0 / 6);
  BOOST_TEST(true_accept_rate(genuine, impostor, 1).value() == 1);
}

BOOST_AUTO_TEST_CASE(a_genuine_pair_tied_with_an_impostor_too_many_is_not_counted) {
  const std::vector<double> impostor{5, 4, 3, 2, 1, 0, -1, -2, -3, -4};
  BOOST_TEST(true_accept_rate({6, 5, 4}, impostor, 0.1).value() == 2.0 / 3);
}

BOOST_AUTO_TEST_CASE(a_rate_that_the_pairs_cannot_resolve_is_left_out) {
  for (const size_t size : {10, 100, 1000}) {
    const std::vector<double> impostor(size, 0.0);
    const double resolved = 1.0 / static_cast<double>(size);
    BOOST_TEST(true_accept_rate({1}, impostor, resolved).has_value());
    BOOST_TEST(!true_accept_rate({1}, impostor, resolved / 10).has_value());
    BOOST_TEST(!true_accept_rate({1}, std::vector<double>(size - 1, 0.0), resolved).has_value());
  }
}

BOOST_AUTO_TEST_CASE(rates_outside_their_range_are_errors) {
  for (const double rate : {0.0, -0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    BOOST_CHECK_THROW(true_accept_rate({1}, {0}, rate), std::invalid_argument);
  }
  BOOST_CHECK_THROW(true_accept_rate({}, {0}, 0.1), std::invalid_argument);
  BOOST_CHECK_THROW(true_accept_rate({1}, {}, 0.1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(drawn_curves_are_short_and_complete) {
  using Points = std::vector<std::array<double, 2>>;
  BOOST_TEST(
      (roc_points({3, 1}, {2, 0}) == Points{{0, 0}, {0, 0.5}, {0.5, 0.5}, {0.5, 1}, {1, 1}}));
  std::vector<double> odd, even;
  for (int i = 0; i < 3000; ++i) (i % 2 == 0 ? even : odd).push_back(i);
  const auto points = roc_points(odd, even);
  BOOST_TEST((points.size() > 190 && points.size() <= 201));
  BOOST_TEST((points.front() == std::array<double, 2>{0, 0}));
  BOOST_TEST((points.back() == std::array<double, 2>{1, 1}));
  for (size_t i = 1; i < points.size(); ++i) {
    BOOST_TEST(points[i][0] - points[i - 1][0] <= 0.011);
    BOOST_TEST(points[i][1] - points[i - 1][1] <= 0.011);
  }
}

BOOST_AUTO_TEST_SUITE_END()
