// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <functional>
#include <stdexcept>

#include "core/onnx/gm_head.hpp"
#include "core/onnx_small_model.hpp"

namespace gmtrain::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

void refuses(const std::string& reason, const std::function<void(GmHead&)>& damage) {
  GmHead head = small_head();
  damage(head);
  BOOST_TEST_CONTEXT(reason) {
    BOOST_CHECK_EXCEPTION(check(head), std::invalid_argument, says(reason));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_gm_head)

BOOST_AUTO_TEST_CASE(good_heads_pass) {
  check(small_head());

  GmHead uncalibrated = small_head();
  uncalibrated.calibration.clear();
  uncalibrated.calibration_shape = {1, 1, 0};
  check(uncalibrated);

  GmHead shared = small_head();
  shared.calibration_shape = {1, 1, 3};
  shared.calibration = {0, 0, 2};
  shared.log_variances_shape = {1, 1};
  shared.log_variances = {0};
  check(shared);

  GmHead diagonal = small_head();
  diagonal.log_variances_shape = {2, 6};
  diagonal.log_variances.assign(12, -1);
  check(diagonal);
}

BOOST_AUTO_TEST_CASE(wrong_constants_are_named) {
  refuses("classes and dimension", [](GmHead& head) { head.classes = 0; });
  refuses("means has 11 values, expected 2 x 6", [](GmHead& head) { head.means.pop_back(); });
  refuses("means must be finite", [](GmHead& head) { head.means[3] = kInfinity; });
  refuses("log_variances must be [2,6], [2,1] or [1,1], got [1,2]", [](GmHead& head) {
    head.log_variances_shape = {1, 2};
  });
  refuses("log_variances must be finite", [](GmHead& head) { head.log_variances[0] = kNan; });
  refuses("log_variances must be within", [](GmHead& head) { head.log_variances[0] = 81; });
  refuses("log_variances has 2 values", [](GmHead& head) { head.log_variances_shape = {1, 1}; });
  refuses("log_priors has 1 values", [](GmHead& head) { head.log_priors = {0}; });
  refuses("log_priors must be finite", [](GmHead& head) { head.log_priors[0] = -kInfinity; });
  refuses("sum to 1", [](GmHead& head) { head.log_priors = {0, 0}; });
}

BOOST_AUTO_TEST_CASE(wrong_calibration_is_named) {
  const std::string shape = "calibration must be [R,3,Q] or [R,1,Q] with R = 1 or 2, got ";
  refuses(shape + "[3,3,2]", [](GmHead& head) { head.calibration_shape = {3, 3, 2}; });
  refuses(shape + "[2,2,3]", [](GmHead& head) { head.calibration_shape = {2, 2, 3}; });
  refuses("calibration has 18 values", [](GmHead& head) { head.calibration_shape = {1, 3, 3}; });
  refuses("table 0 line 1 has -6 after -5", [](GmHead& head) { head.calibration[4] = -6; });
  refuses("table 1 line 0 holds inf", [](GmHead& head) { head.calibration[9] = kInfinity; });
  refuses("NaN at the end", [](GmHead& head) { head.calibration[0] = kNan; });
  refuses("lines of one length in a table, table 1 has 2 and 1",
          [](GmHead& head) { head.calibration[16] = kNan; });
}

BOOST_AUTO_TEST_CASE(wrong_attributes_are_named) {
  refuses("labels has 1 names for 2 classes", [](GmHead& head) { head.labels.pop_back(); });
  refuses("one line", [](GmHead& head) { head.labels[0] = "cat\nkitten"; });
  refuses("non-empty", [](GmHead& head) { head.labels[1] = ""; });
  refuses("accept_rate", [](GmHead& head) { head.accept_rate = 0; });
  refuses("accept_rate", [](GmHead& head) { head.accept_rate = kNan; });
  refuses("the input size must be positive", [](GmHead& head) { head.preparation.inputSize = {}; });
  refuses("the resize size must be at least the input size 3x2, got 2x2",
          [](GmHead& head) { head.preparation.resizeSize.width = 2; });
  refuses("channel_order", [](GmHead& head) { head.preparation.channelOrder = "CMYK"; });
  refuses("risk_confidences must be one for each", [](GmHead& head) { head.risks.pop_back(); });
  refuses("risks must ascend", [](GmHead& head) { head.risks[1] = head.risks[0]; });
  refuses("risk_confidences must be within", [](GmHead& head) { head.risk_confidences[0] = kNan; });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
