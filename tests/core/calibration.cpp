// SPDX-License-Identifier: Apache-2.0
#include "core/calibration/calibration.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cfloat>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using Kind = Calibration::Kind;
using By = Calibration::By;

namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInfinity = std::numeric_limits<float>::infinity();
const auto kEach = boost::test_tools::per_element();

/// By distance alone, of class 1 of 3.
Calibration by_distance(const std::vector<float>& distances) {
  std::vector<CalibrationSample> samples;
  for (const float distance : distances) samples.push_back({1, distance, 0, 0});
  return Calibration::build({Kind::shared, By::distance, 1}, 3, samples, "test");
}

double p_of(const Calibration& calibration, float distance) {
  return calibration.p_value({1, distance, 0, 0});
}

/// So many samples of each class, with energies from 0 up and doubts from -100 down in every class.
std::vector<CalibrationSample> samples_of_classes(const std::vector<int64_t>& counts) {
  std::vector<CalibrationSample> samples;
  for (size_t k = 0; k < counts.size(); ++k) {
    for (int64_t i = 0; i < counts[k]; ++i) {
      const auto value = static_cast<float>(i);
      samples.push_back({static_cast<int64_t>(k), 1, value, -100 - value});
    }
  }
  return samples;
}

Calibration of_classes(const std::vector<int64_t>& counts, int64_t class_images) {
  return Calibration::build({Kind::per_class, By::energy_and_doubt, class_images},
                            static_cast<int64_t>(counts.size()), samples_of_classes(counts), "");
}

void check_same(const Calibration& a, const Calibration& b) {
  BOOST_TEST((a.by == b.by));
  BOOST_TEST(a.calibrated_on == b.calibrated_on);
  BOOST_TEST(a.weights == b.weights);
  BOOST_TEST(a.group_of_class == b.group_of_class, kEach);
  BOOST_TEST_REQUIRE(a.groups.size() == b.groups.size());
  for (size_t i = 0; i < a.groups.size(); ++i) {
    BOOST_TEST(a.groups[i].size == b.groups[i].size);
    BOOST_TEST(a.groups[i].values == b.groups[i].values, kEach);
  }
  BOOST_TEST_REQUIRE(a.risks.size() == b.risks.size());
  for (size_t i = 0; i < a.risks.size(); ++i) {
    BOOST_TEST(a.risks[i].risk == b.risks[i].risk);
    BOOST_TEST(a.risks[i].confidence == b.risks[i].confidence);
  }
  BOOST_TEST_REQUIRE(a.pictures.has_value() == b.pictures.has_value());
  if (!a.pictures) return;
  BOOST_TEST(a.pictures->heights == b.pictures->heights, kEach);
  BOOST_TEST(a.pictures->widths == b.pictures->widths, kEach);
  BOOST_TEST(a.pictures->means == b.pictures->means, kEach);
  BOOST_TEST(a.pictures->deviations == b.pictures->deviations, kEach);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(calibration)

BOOST_AUTO_TEST_CASE(p_values_by_distance_worked_out_by_hand) {
  const Calibration c = by_distance({4, 1, 2, 2});
  BOOST_TEST(c.tables() == (std::vector<float>{1, 2, 2, 4}), kEach);
  BOOST_TEST(c.shape() == (std::array<int64_t, 3>{1, 1, 4}), kEach);
  BOOST_TEST(p_of(c, 0) == 5.F / 5);
  BOOST_TEST(p_of(c, 1) == 5.F / 5);  // its equal counts
  BOOST_TEST(p_of(c, 1.5) == 4.F / 5);
  BOOST_TEST(p_of(c, 2) == 4.F / 5);
  BOOST_TEST(p_of(c, 3) == 2.F / 5);
  BOOST_TEST(p_of(c, 4) == 2.F / 5);
  BOOST_TEST(p_of(c, 4.1F) == 1.F / 5);
  BOOST_TEST(p_of(by_distance({}), 3) == 1);
}

// Four samples: ranks of the energies 4/5, 3/5, 2/5, 1/5 and of the doubts 1/5, 2/5, 3/5, 4/5.
BOOST_AUTO_TEST_CASE(p_values_by_energy_and_doubt_worked_out_by_hand) {
  const auto c =
      Calibration::build({Kind::shared, By::energy_and_doubt, 1}, 2,
                         {{0, 1, 10, -1}, {1, 1, 20, -2}, {0, 1, 30, -3}, {1, 1, 40, -4}}, "test");
  const auto joined = [](double energy_rank, double doubt_rank) {
    return static_cast<float>(std::pow(energy_rank / 5, -2.5) + std::pow(doubt_rank / 5, -2));
  };
  const std::vector<float> expected{10, 20, 30,           40,           -4,           -3,
                                    -2, -1, joined(3, 2), joined(2, 3), joined(4, 1), joined(1, 4)};
  // Energies and doubts are raised by what rounding may differ.
  BOOST_TEST(c.tables() == expected, boost::test_tools::tolerance(4e-6F) << kEach);
  const auto p = [&](float energy, float doubt) { return c.p_value({0, 1, energy, doubt}); };
  BOOST_TEST(p(5, -9) == 1);           // ranks 5/5 and 5/5
  BOOST_TEST(p(10, -1) == 1);          // 5/5 and 2/5: 7.3, below 9.8, 12.7, 26.7 and 57.5
  BOOST_TEST(p(35, -2.5) == 4.F / 5);  // 2/5 and 3/5: 12.7, as one of them
  BOOST_TEST(p(35, -1) == 3.F / 5);    // 2/5 and 2/5: 16.1
  BOOST_TEST(p(41, -9) == 2.F / 5);    // 1/5 and 5/5: 56.9
  BOOST_TEST(p(41, 0) == 1.F / 5);     // 1/5 and 1/5: 80.9
  BOOST_TEST(p(FLT_MAX, FLT_MAX) == 1.F / 5);
}

// A network with dead units gives one feature for many images: whoever is judged by other
// arithmetic than the calibration's is still as usual as they are.
BOOST_AUTO_TEST_CASE(what_equals_samples_within_rounding_ranks_with_them) {
  std::vector<CalibrationSample> samples(99, {0, 1, 15.2512F, -3.7F});
  const auto c = Calibration::build({Kind::shared, By::energy_and_doubt, 1}, 1, samples, "test");
  BOOST_TEST(c.p_value({0, 1, std::nextafter(15.2512F, 99.F), std::nextafter(-3.7F, 0.F)}) == 1);
  BOOST_TEST(c.p_value({0, 1, 15.2515F, -3.7F}) < 0.02F);
}

BOOST_AUTO_TEST_CASE(a_distance_that_is_no_float32_number_is_never_accepted) {
  for (const auto& c : {by_distance({1, 2}), by_distance({}), of_classes({9}, 1)}) {
    for (const float distance : {kNan, kInfinity, FLT_MAX}) {
      BOOST_TEST(c.p_value({0, distance, 0, 0}) == 0);
    }
  }
  BOOST_TEST(p_of(by_distance({1, 2}), 3e38F) == 1.F / 3);
  BOOST_TEST(to_float32(1e39) == kInfinity);
  BOOST_TEST(to_float32(-1e39) == -kInfinity);
  BOOST_TEST(std::isnan(to_float32(std::nan(""))));
  BOOST_TEST(to_float32(-0.1) == -0.1F);
}

BOOST_AUTO_TEST_CASE(classes_with_enough_samples_are_ranked_by_themselves) {
  const auto c = of_classes({10, 30, 20}, 10);
  BOOST_TEST(c.group_of_class == (std::vector<int64_t>{0, 1, 2}), kEach);
  BOOST_TEST(c.count() == 60);
  BOOST_TEST(c.shape() == (std::array<int64_t, 3>{3, 3, 30}), kEach);
  BOOST_TEST(c.p_value({0, 1, 1000, 1000}) == 1.F / 11);
  BOOST_TEST(c.p_value({1, 1, 1000, 1000}) == 1.F / 31);
  const auto tables = c.tables();
  const auto raised = boost::test_tools::tolerance(4e-6F);
  BOOST_TEST(tables[9] == 9, raised);
  BOOST_TEST(std::isnan(tables[10]));
  BOOST_TEST(tables[30] == -109, raised);     // the first doubt of class 0
  BOOST_TEST(tables[90 + 29] == 29, raised);  // the last energy of class 1
  BOOST_CHECK_THROW(c.p_value({3, 1, 0, 0}), std::invalid_argument);
  BOOST_CHECK_THROW(c.p_value({-1, 1, 0, 0}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(classes_with_fewer_are_pooled) {
  const auto c = of_classes({4, 30, 3, 20, 5}, 10);
  BOOST_TEST(c.group_of_class == (std::vector<int64_t>{0, 1, 0, 2, 0}), kEach);
  BOOST_TEST(c.classes_of(0) == (std::vector<int64_t>{0, 2, 4}), kEach);
  BOOST_TEST(c.groups[0].size == 12);
  BOOST_TEST(c.p_value({2, 1, 1000, 1000}) == 1.F / 13);
  // Their table stands in the row of each of them.
  const auto tables = c.tables();
  for (int64_t i = 0; i < 3 * 30; ++i) {
    BOOST_TEST((tables[i] == tables[2 * 90 + i] || std::isnan(tables[i])));
  }
}

BOOST_AUTO_TEST_CASE(a_pool_grows_until_it_has_enough) {
  // 3 samples, and the 20 of the smallest other class.
  const auto grown = of_classes({30, 3, 20}, 10);
  BOOST_TEST(grown.group_of_class == (std::vector<int64_t>{1, 0, 0}), kEach);
  BOOST_TEST(grown.groups[0].size == 23);
  // A class that was never predicted is in the pool as well.
  BOOST_TEST(of_classes({30, 0, 20}, 10).classes_of(0) == (std::vector<int64_t>{1, 2}), kEach);
  for (const auto& counts : {std::vector<int64_t>{3, 4, 2}, {3, 20}, {30}, {0}}) {
    const auto one = of_classes(counts, 10);
    BOOST_TEST(one.group_of_class.empty());
    BOOST_TEST(one.shape()[0] == 1);
    BOOST_TEST(one.groups.size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(by_default_a_class_needs_ten_images_beyond_the_rate) {
  BOOST_TEST(default_class_images(0.99) == 1000);
  BOOST_TEST(default_class_images(0.95) == 200);
  BOOST_TEST(default_class_images(0.993) == 1429);  // 1428.6
  BOOST_TEST(default_class_images(1) == 1);
}

BOOST_AUTO_TEST_CASE(broken_samples_are_refused) {
  const auto refuses = [](const CalibrationSample& sample) {
    const auto message = message_of<std::invalid_argument>([&] {
      Calibration::build({}, 2, {{0, 1, 1, -1}, sample}, "");
    });
    BOOST_TEST(contains(message, "image 1"), message);
  };
  for (const int64_t predicted : {2, -1}) refuses({predicted, 1, 1, -1});
  for (const float distance : {-1.F, kNan, kInfinity, FLT_MAX}) refuses({0, distance, 1, -1});
  for (const float value : {kNan, kInfinity, -kInfinity}) {
    refuses({0, 1, value, -1});
    refuses({0, 1, 1, value});
  }
}

BOOST_AUTO_TEST_CASE(saved_and_loaded_to_the_last_bit) {
  const TemporaryFolder folder;
  const std::vector<CalibrationSample> samples{
      {3, 0.1F, 1e-30F, -FLT_MAX}, {0, 3e38F, 1.F / 3, -2}, {3, 1, 2, -3}, {1, 0, 7, -0.1F}};
  for (const Kind kind : {Kind::shared, Kind::per_class}) {
    for (const By by : {By::energy_and_doubt, By::distance}) {
      auto c = Calibration::build({kind, by, 1}, 4, samples, "5000 of \"train\"");
      for (int i = 0; i < 2; ++i) {
        c.save(folder / "calibration.json");
        check_same(Calibration::load(folder / "calibration.json", 4), c);
        c.risks = {{0.001, 1}, {0.05, 0.123456789F}};
        c.pictures = PictureRanges{{1, 28}, {2, 400}, {0.1F, 3.3333333F}, {0, 90}};
      }
    }
  }
  BOOST_TEST(folder.names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(broken_files_are_named) {
  const TemporaryFolder folder;
  const auto load = [&](const std::string& text) {
    write_file(folder / "c.json", text);
    const auto message =
        message_of<std::runtime_error>([&] { Calibration::load(folder / "c.json", 2); });
    BOOST_TEST(contains(message, "c.json: "), message);
    return message;
  };
  const auto with = [](const std::string& groups, const std::string& group_of_class = "[]") {
    return R"({"calibrated_on": "x", "weights": "y", "risks": [], "pictures": null, "group_of_class": )" +
           group_of_class + R"(, "groups": )" + groups + "}";
  };
  const auto group = [](const std::string& energies, const std::string& doubts) {
    return R"({"energies": )" + energies + R"(, "doubts": )" + doubts +
           R"(, "nonconformities": [2, 3]})";
  };
  BOOST_TEST(
      contains(load(with("[" + group("[2, 1]", "[1, 2]") + "]")), "energies in ascending order"));
  BOOST_TEST(contains(load(with("[" + group("[1, 1]", "[3, 2]") + "]")), "doubts in ascending"));
  BOOST_TEST(
      contains(load(with("[" + group("[1, 1e39]", "[1, 2]") + "]")), "energies to be finite"));
  BOOST_TEST(contains(load(with("[" + group("[1, 2]", "[1, 2, 3]") + "]")),
                      "as many doubts as energies in a group, found 3 and 2"));
  BOOST_TEST(contains(load(with("[]")), "at least one group"));
  const std::string two = R"([{"distances": [1]}, {"distances": [2]}])";
  BOOST_TEST(contains(load(with(two)), "the class of each of 2 groups"));
  BOOST_TEST(contains(load(with(two, "[0, 2]")), "groups from 0 to 1, found 2"));
  BOOST_TEST(contains(load(with(two, "[0, -1]")), "found -1"));
  for (const auto& text :
       {with("[[1]]"), with(R"([{"distances": ["a"]}])"), with(R"([{"distances": [null]}])"),
        with(R"([{"distances": [1]}, {"energies": [1]}])", "[0, 1]"), std::string("{}"),
        std::string("[["), std::string("[]"), std::string()}) {
    BOOST_TEST(contains(load(text), "expected what gmtrain calibrate writes"), text);
  }
  BOOST_TEST(
      contains(load(R"({"calibrated_on": "x", "groups": []})"), "run gmtrain calibrate again"));
  BOOST_TEST(
      contains(message_of<std::runtime_error>([&] { Calibration::load(folder / "none", 2); }),
               "no such file"));
}

BOOST_AUTO_TEST_SUITE_END()
