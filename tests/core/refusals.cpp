// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/refusals.hpp"

#include <boost/test/unit_test.hpp>

#include "core/calibration/calibration.hpp"

using namespace gmtrain;

namespace {

/// Six images of two classes and of none that is the third.
ScoreTable clean() {
  ScoreTable table;
  table.set = "clean";
  table.image = {0, 1, 2, 3, 4, 5};
  table.label = {0, 0, 0, 1, 1, 1};
  table.predicted = {0, 0, 1, 1, 1, 1};
  table.accepted_up_to = {0.005, 0.03, 0.01F, 0.04, 0.5, 1};
  table.posterior = {0.9, 0.99, 0.6, 0.95, 0.97, 0.8};
  table.distance = {1, 2, 3, 4, 5, 1e39};
  table.energy = {1, 2, 3, 4, 5, 6};
  table.doubt = {-1, -2, -3, -4, -5, -6};
  return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals)

// p-values are float32 numbers: 0.01 in float32 is less than 0.01.
BOOST_AUTO_TEST_CASE(an_image_is_refused_below_the_rate) {
  BOOST_TEST(accepted_at({0.01F, 0.00999F, 0.02F}, 0.01) == 2);
  BOOST_TEST(accepted_at({0.01, 0.05}, 0.05) == 1);
}

BOOST_AUTO_TEST_CASE(each_class_is_counted_by_itself) {
  const auto figures = refusal_figures(clean(), {"a", "b", "c"});
  BOOST_TEST(figures["false_reject_at_0.01"].get<double>() == 1.0 / 6);
  BOOST_TEST(figures["false_reject_at_0.05"].get<double>() == 4.0 / 6);
  BOOST_TEST(figures["images"] == 6);
  const auto &predicted = figures["by_predicted_class"], &label = figures["by_true_class"];
  BOOST_TEST(predicted[0].dump() == R"({"class":"a","images":2,"false_reject_at_0.01":0.5,)"
                                    R"("false_reject_at_0.05":1.0})");
  BOOST_TEST(predicted[1]["false_reject_at_0.05"].get<double>() == 0.5);
  BOOST_TEST(label[0]["images"] == 3);
  BOOST_TEST(label[0]["false_reject_at_0.01"].get<double>() == 1.0 / 3);
  BOOST_TEST(label[1]["false_reject_at_0.05"].get<double>() == 1.0 / 3);
  BOOST_TEST(label[2]["images"] == 0);
  BOOST_TEST(label[2]["false_reject_at_0.01"].is_null());
}

BOOST_AUTO_TEST_CASE(risks_are_measured_above_their_posterior) {
  const auto figures = risk_figures(clean(), {{0.01, 1}, {0.05, 0.8F}, {0.2, 0.5F}});
  BOOST_TEST(figures[0].dump() == R"({"risk":0.01,"confidence":1.0,"coverage":0.0,)"
                                  R"("measured_risk":null,"wrong":0,"accepted":0,"images":6})");
  // 0.8 itself is not above.
  BOOST_TEST(figures[1]["accepted"] == 4);
  BOOST_TEST(figures[1]["coverage"].get<double>() == 4.0 / 6);
  BOOST_TEST(figures[1]["measured_risk"].get<double>() == 0);
  BOOST_TEST(figures[2]["wrong"] == 1);
  BOOST_TEST(figures[2]["measured_risk"].get<double>() == 1.0 / 6);
}

BOOST_AUTO_TEST_CASE(tables_are_ranked_as_their_samples) {
  const auto table = clean();
  const auto samples = samples_of(table.rows({0, 1, 2, 3, 4}));
  const auto calibration = Calibration::build({Calibration::Kind::shared}, 2, samples, "");
  const auto found = p_values(table, calibration);
  BOOST_TEST(found.size() == 6U);
  for (size_t i = 0; i < 5; ++i) BOOST_TEST(found[i] == calibration.p_value(samples[i]));
  BOOST_TEST(found[5] == 0);  // a distance beyond float32
  BOOST_TEST(risk_thresholds({0.01}, table)[0].confidence == 1);
}

BOOST_AUTO_TEST_SUITE_END()
