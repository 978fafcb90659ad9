// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "dnn_gm/src/mixture_math.hpp"
#include "dnn_gm/test/test_gm_head_case.hpp"

BOOST_AUTO_TEST_SUITE(p_value)

BOOST_AUTO_TEST_CASE(never_rises_with_energy_or_doubt) {
  cv::RNG random(5);
  const cv::Mat calibration = opencv_test::randomCalibration(random, 1, 3, 50, 10);
  const auto table = cv::dnn_gm::CalibrationTable{calibration.ptr<float>(), 3, 50, 50};
  const auto p = [&](float energy, float doubt) {
    return cv::dnn_gm::pValue(1, energy, doubt, table);
  };
  for (float energy = -1; energy < 45; energy += 0.5F)
    for (float doubt = -21; doubt < 1; doubt += 0.5F) {
      BOOST_TEST(p(energy + 0.5F, doubt) <= p(energy, doubt));
      BOOST_TEST(p(energy, doubt + 0.5F) <= p(energy, doubt));
    }
  BOOST_TEST(p(100, 1) == 1.F / 51);
}

BOOST_AUTO_TEST_SUITE_END()
