// SPDX-License-Identifier: Apache-2.0
// How the form of a head is chosen.
#include "gmattach/forms.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/metrics/detection.hpp"
#include "gmattach/measure.hpp"

namespace {

using namespace gmattach;

const std::vector<std::string> kClasses{"a", "b", "c"};
constexpr int kOwn = 6, kEarlier = 4;

/// Three clouds that overlap in the first columns; the last ones say nothing of the class.
/// @param strange how far all columns are moved
Features clouds(int count, uint64_t seed, float strange = 0) {
  Features features;
  cv::RNG random(seed);
  features.values.create(count, kOwn + kEarlier, CV_32F);
  for (int n = 0; n < count; ++n) {
    const int label = n * 3 / count;
    auto row = features.values.row(n);
    random.fill(row, cv::RNG::NORMAL, 0, 1);
    features.values.at<float>(n, label) += 2;
    row += strange;
    features.files.push_back({std::to_string(n), label});
  }
  return features;
}

struct Clouds {
  Features fit = clouds(150, 1), calibrate = clouds(240, 3);
  ChoiceData data;

  Clouds() {
    data.held_out = clouds(300, 2);
    data.spoiled = {{"moved", clouds(300, 4, 1.5F)}};
    data.background_columns = kEarlier;
  }
};

std::vector<double> p_values(const Features& features, cv::dnn_gm::GaussianMixture& mixture) {
  return judge("", features, mixture).p_values();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forms)

/// What a form was chosen for is what the mixture does that is written.
BOOST_AUTO_TEST_CASE(the_chosen_mixture_does_what_its_form_was_tried_at) {
  const Clouds clouds;
  const ChosenForm chosen = choose_form(clouds.fit, clouds.calibrate, clouds.data, kClasses);
  BOOST_TEST(chosen.form.temperature != 1);  // or this would not show at which one forms are tried
  BOOST_TEST(chosen.mixture->getTemperature() == chosen.form.temperature);
  BOOST_TEST(chosen.mixture->getRelativity() == chosen.form.relativity);
  const double auroc = gmtrain::auroc(p_values(clouds.data.held_out, *chosen.mixture),
                                      p_values(clouds.data.spoiled[0].second, *chosen.mixture));
  for (const TriedForm& tried : chosen.tried) {
    const bool is_chosen = tried.form.background == chosen.form.background &&
                           tried.form.relativity == chosen.form.relativity;
    if (!is_chosen) continue;
    BOOST_TEST(tried.form.temperature == chosen.form.temperature);
    BOOST_TEST(tried.aurocs.at(0).second == auroc);
  }
  BOOST_TEST(chosen.tried.size() == 12U);
}

BOOST_AUTO_TEST_CASE(features_of_an_earlier_map_do_not_count_without_a_background) {
  Clouds clouds;
  const ChosenForm with = choose_form(clouds.fit, clouds.calibrate, clouds.data, kClasses);
  for (Features* features :
       {&clouds.fit, &clouds.data.held_out, &clouds.calibrate, &clouds.data.spoiled[0].second})
    features->values = features->values.colRange(0, kOwn).clone();
  clouds.data.background_columns = 0;
  const ChosenForm without = choose_form(clouds.fit, clouds.calibrate, clouds.data, kClasses);
  BOOST_REQUIRE(without.tried.size() == 6U);
  for (size_t i = 0; i < 6; ++i)
    BOOST_TEST(without.tried[i].mean_auroc() == with.tried[6 + i].mean_auroc());
}

/// Twelve pictures of each class in ten features: what is fitted to looks less strange than new
/// pictures. Each fit is asked about one, so that refusals are independent.
BOOST_AUTO_TEST_CASE(of_few_pictures_no_more_new_ones_are_refused_than_was_asked_for) {
  constexpr double kRate = 0.1;
  constexpr int kFits = 600;
  int refused = 0;
  for (int n = 0; n < kFits; ++n) {
    const auto seed = static_cast<uint64_t>(100 + 3 * n);
    const auto mixture =
        cross_fit({true, 0.5, 1}, clouds(24, seed), clouds(12, seed + 1), kEarlier, kClasses);
    BOOST_REQUIRE(mixture->isCalibrated());
    refused += p_values(clouds(3, seed + 2), *mixture).at(n % 3) < kRate ? 1 : 0;
  }
  const double share = static_cast<double>(refused) / kFits;
  const double deviation = std::sqrt(kRate * (1 - kRate) / kFits);
  BOOST_TEST(share <= kRate + 2.33 * deviation);
  BOOST_TEST(share >= kRate / 3);
}

BOOST_AUTO_TEST_CASE(few_are_those_among_which_nothing_is_strange_enough) {
  BOOST_TEST(is_few(198, 0.99));
  BOOST_TEST(!is_few(199, 0.99));
  BOOST_TEST(is_few(38, 0.95));
  BOOST_TEST(!is_few(39, 0.95));
}

BOOST_AUTO_TEST_SUITE_END()
