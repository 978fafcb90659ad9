// SPDX-License-Identifier: Apache-2.0
#include "core/calibration/risk.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "message_of.hpp"

using namespace gmtrain;

namespace {

/// Images of a classifier whose error at confidence c is known: `wrong` of those with c = 0,
/// falling to 0 as a power of 1 - c.
struct Model {
  double wrong, power;
  double step = 0;  ///< confidences are multiples of it, rounded up; 0: they are not rounded

  float rounded(double confidence) const {
    return static_cast<float>(step > 0 ? step * std::ceil(confidence / step) : confidence);
  }

  /// The risk of images with confidence above t: the mean of wrong (1 - c)^power over c in (t,1].
  double risk_above(double t) const {
    return t >= 1 ? 0 : wrong * std::pow(1 - t, power) / (power + 1);
  }

  std::vector<RiskThreshold> thresholds(const std::vector<double>& risks, int64_t images,
                                        std::mt19937& random) const {
    std::uniform_real_distribution<double> uniform(0, 1);
    std::vector<float> confidence;
    std::vector<bool> correct;
    for (int64_t i = 0; i < images; ++i) {
      const double c = uniform(random);
      confidence.push_back(rounded(c));
      correct.push_back(uniform(random) >= wrong * std::pow(1 - c, power));
    }
    return risk_thresholds(risks, confidence, correct);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(risk)

// With n right images of n, the bound is 1 - 0.05^(1/n) where one sequence fits: 0.01 from 299 on.
BOOST_AUTO_TEST_CASE(the_least_number_of_images_that_show_a_risk) {
  const auto threshold = [](int64_t images) {
    std::vector<float> confidence;
    for (int64_t i = 0; i < images; ++i) confidence.push_back(1 - static_cast<float>(i) / 1000);
    return risk_thresholds({0.01}, confidence, std::vector<bool>(images, true))[0].confidence;
  };
  BOOST_TEST(threshold(0) == 1);
  BOOST_TEST(threshold(299) == 1);
  BOOST_TEST(threshold(300) == 1 - 0.299F);
}

// 0.01 of 600 images: one sequence from 299, or two at 2.5 % from 368 and 736, which do not fit.
BOOST_AUTO_TEST_CASE(the_first_failure_ends_a_sequence) {
  std::vector<float> confidence;
  for (int64_t i = 0; i < 600; ++i) confidence.push_back(1 - static_cast<float>(i) / 1000);
  std::vector<bool> correct(600, true);
  correct[400] = false;
  // One wrong of 401 is too much, though one of 473 would not be.
  BOOST_TEST(risk_thresholds({0.01}, confidence, correct)[0].confidence == confidence[400]);
  correct[400] = true;
  BOOST_TEST(risk_thresholds({0.01}, confidence, correct)[0].confidence == confidence[599]);
  correct[0] = false;
  BOOST_TEST(risk_thresholds({0.01}, confidence, correct)[0].confidence == 1);
}

// Nothing with the threshold's own confidence is accepted, so nothing of it speaks for it.
BOOST_AUTO_TEST_CASE(equal_confidences_are_taken_together) {
  std::vector<float> confidence(1000, 1.F);
  std::vector<bool> correct(1000, true);
  BOOST_TEST(risk_thresholds({0.01}, confidence, correct)[0].confidence == 1);
  for (int i = 0; i < 100; ++i) {
    confidence.push_back(0.5F);
    correct.push_back(false);
  }
  BOOST_TEST(risk_thresholds({0.01}, confidence, correct)[0].confidence == 0.5F);
}

// The risk above the threshold exceeds what was asked for in at most 5 % of the draws.
BOOST_AUTO_TEST_CASE(the_risk_is_kept_with_the_confidence_that_was_said) {
  constexpr int kDraws = 2000;
  const std::vector<double> risks{0.01, 0.05};
  std::mt19937 random(5);
  for (const Model& model :
       {Model{0.5, 1}, Model{0.5, 1, 0.1}, Model{0.04, 1}, Model{0.9, 4}, Model{0.06, 0}}) {
    std::vector<int> exceeded(risks.size());
    for (int draw = 0; draw < kDraws; ++draw) {
      const auto found = model.thresholds(risks, 1000, random);
      for (size_t i = 0; i < risks.size(); ++i) {
        exceeded[i] += model.risk_above(found[i].confidence) > risks[i] ? 1 : 0;
      }
    }
    const double most = 0.05 + 3 * std::sqrt(0.05 * 0.95 / kDraws);
    for (size_t i = 0; i < risks.size(); ++i) {
      BOOST_TEST(exceeded[i] <= most * kDraws,
                 model.wrong << " " << model.power << " " << risks[i]);
    }
  }
}

// Most of what could be accepted is: the risk above t is 0.25 (1 - t), and so 0.05 at t = 0.8.
BOOST_AUTO_TEST_CASE(what_is_there_is_found) {
  std::mt19937 random(6);
  int useful = 0;
  for (int draw = 0; draw < 40; ++draw) {
    const float t = Model{0.5, 1}.thresholds({0.05}, 20000, random)[0].confidence;
    useful += t < 0.9F ? 1 : 0;
  }
  BOOST_TEST(useful >= 36);
  // 4 % of all are wrong, and that can be shown of nearly all: the threshold is low.
  BOOST_TEST((Model{0.04, 0}.thresholds({0.05}, 20000, random)[0].confidence) < 0.05F);
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  BOOST_CHECK_THROW(risk_thresholds({0.1}, {0.5F}, {}), std::invalid_argument);
  BOOST_CHECK_THROW(risk_thresholds({0.1}, {1.5F}, {true}), std::invalid_argument);
  BOOST_CHECK_THROW(risk_thresholds({0.1}, {NAN}, {true}), std::invalid_argument);
  for (const auto& risks :
       {std::vector<double>{0}, {1.5}, {0.1, 0.1}, {0.005, 0.005}, {0.2, 0.1}, {NAN}}) {
    BOOST_TEST(
        contains(message_of<std::invalid_argument>([&] { risk_thresholds(risks, {0.5F}, {true}); }),
                 "ascend within (0,1]"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
