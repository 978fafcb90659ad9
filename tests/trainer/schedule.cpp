// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/schedule.hpp"

#include <boost/test/unit_test.hpp>

using namespace gmtrain;
namespace tt = boost::test_tools;

BOOST_AUTO_TEST_SUITE(schedules)

BOOST_AUTO_TEST_CASE(a_ramp_is_linear_then_constant) {
  const Ramp ramp{0, 1, 0.25, 0.5};
  BOOST_TEST(ramp.at(0) == 0);
  BOOST_TEST(ramp.at(0.25) == 0);
  BOOST_TEST(ramp.at(0.5) == 0.5);
  BOOST_TEST(ramp.at(0.75) == 1);
  BOOST_TEST(ramp.at(1) == 1);
  BOOST_TEST((Ramp{0, 1, 0, 0}.at(0)) == 1);
}

BOOST_AUTO_TEST_CASE(cosine_after_the_warm_up) {
  const LearningRate rate{0.2, 0.2, LearningRate::Shape::cosine, {}};
  BOOST_TEST(rate.at(0) == 0);
  BOOST_TEST(rate.at(0.1) == 0.1, tt::tolerance(1e-12));
  BOOST_TEST(rate.at(0.2) == 0.2, tt::tolerance(1e-12));
  BOOST_TEST(rate.at(0.6) == 0.1, tt::tolerance(1e-12));  // half way: half of it
  BOOST_TEST(rate.at(1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(steps_divide_by_ten) {
  const LearningRate rate{0.1, 0, LearningRate::Shape::steps, {0.5, 0.75}};
  BOOST_TEST(rate.at(0) == 0.1, tt::tolerance(1e-12));
  BOOST_TEST(rate.at(0.5) == 0.01, tt::tolerance(1e-12));
  BOOST_TEST(rate.at(0.8) == 0.001, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_SUITE_END()
