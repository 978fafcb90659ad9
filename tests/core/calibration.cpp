#include "core/calibration/calibration.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using Kind = Calibration::Kind;

namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

Calibration shared(const std::vector<double>& distances) {
  return Calibration::build(Kind::shared, 3, std::vector<int64_t>(distances.size(), 1), distances,
                            "test");
}

void check_same(const Calibration& a, const Calibration& b) {
  BOOST_TEST(a.rows == b.rows);
  BOOST_TEST(a.columns == b.columns);
  BOOST_TEST(a.count == b.count);
  BOOST_TEST(a.calibrated_on == b.calibrated_on);
  BOOST_REQUIRE(a.distances.size() == b.distances.size());
  for (size_t i = 0; i < a.distances.size(); ++i) {
    BOOST_TEST((a.distances[i] == b.distances[i] ||
                (std::isnan(a.distances[i]) && std::isnan(b.distances[i]))));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(calibration)

BOOST_AUTO_TEST_CASE(p_values_worked_out_by_hand) {
  const Calibration c = shared({4, 1, 2, 2});
  BOOST_TEST(c.distances == (std::vector<float>{1, 2, 2, 4}), boost::test_tools::per_element());
  BOOST_TEST(c.p_value(0, 0) == 5.0 / 5);
  BOOST_TEST(c.p_value(1, 0) == 5.0 / 5);  // its equal counts
  BOOST_TEST(c.p_value(1.5, 0) == 4.0 / 5);
  BOOST_TEST(c.p_value(2, 2) == 4.0 / 5);
  BOOST_TEST(c.p_value(3, 0) == 2.0 / 5);
  BOOST_TEST(c.p_value(4, 0) == 2.0 / 5);
  BOOST_TEST(c.p_value(4.1, 0) == 1.0 / 5);
  BOOST_TEST(c.p_value(std::numeric_limits<double>::infinity(), 0) == 1.0 / 5);
  BOOST_TEST(c.p_value(kNan, 0) == 1.0 / 5);
  BOOST_TEST(shared({}).p_value(3, 0) == 1);
}

BOOST_AUTO_TEST_CASE(rows_of_the_predicted_class) {
  const Calibration c =
      Calibration::build(Kind::per_class, 3, {2, 0, 2, 2}, {5, 7, 3, 4}, "held out");
  BOOST_TEST(c.rows == 3);
  BOOST_TEST(c.columns == 3);
  BOOST_TEST(c.count == 4);
  BOOST_REQUIRE(c.distances.size() == 9U);
  BOOST_TEST(c.distances[0] == 7);
  for (const size_t padding : {1, 2, 3, 4, 5}) BOOST_TEST(std::isnan(c.distances[padding]));
  BOOST_TEST(c.distances[6] == 3);
  BOOST_TEST(c.distances[8] == 5);
  BOOST_TEST(c.p_value(8, 0) == 1.0 / 2);
  BOOST_TEST(c.p_value(8, 1) == 1);  // nothing to compare with
  BOOST_TEST(c.p_value(4.5, 2) == 2.0 / 4);
  BOOST_CHECK_THROW(c.p_value(1, 3), std::invalid_argument);
  BOOST_CHECK_THROW(c.p_value(1, -1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(broken_samples_are_refused) {
  const auto build = [](std::vector<int64_t> predicted, std::vector<double> distances) {
    Calibration::build(Kind::per_class, 2, predicted, distances, "");
  };
  BOOST_CHECK_THROW(build({0}, {1, 2}), std::invalid_argument);
  BOOST_CHECK_THROW(build({2}, {1}), std::invalid_argument);
  BOOST_CHECK_THROW(build({-1}, {1}), std::invalid_argument);
  for (const double distance : {-1.0, kNan, std::numeric_limits<double>::infinity(), 1e39}) {
    BOOST_CHECK_THROW(build({0}, {distance}), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(saved_and_loaded_to_the_last_bit) {
  const TemporaryFolder folder;
  for (const Kind kind : {Kind::shared, Kind::per_class}) {
    const Calibration c =
        Calibration::build(kind, 4, {3, 0, 3, 1}, {0.1, 1e-30, 3e38, 1.0 / 3}, "5000 of \"train\"");
    c.save(folder / "calibration.json");
    check_same(Calibration::load(folder / "calibration.json"), c);
  }
  BOOST_TEST(folder.names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(broken_files_are_named) {
  const TemporaryFolder folder;
  const auto load = [&](const std::string& text) {
    write_file(folder / "c.json", text);
    const auto message =
        message_of<std::runtime_error>([&] { Calibration::load(folder / "c.json"); });
    BOOST_TEST(contains(message, "c.json"), message);
    return message;
  };
  const auto with = [](const std::string& distances) {
    return R"({"calibrated_on": "x", "distances": )" + distances + "}";
  };
  BOOST_TEST(contains(load(with("[[2, 1]]")), "ascending"));
  BOOST_TEST(contains(load(with("[[1], [-1, 1]]")), "at least 0"));
  BOOST_TEST(contains(load(with("[[1e39]]")), "finite"));
  BOOST_TEST(contains(load(with("[]")), "at least one row"));
  for (const auto& text : {with("[[null]]"), with("[1]"), with("[[\"a\"]]"), std::string("{}"),
                           std::string("[["), std::string()}) {
    BOOST_TEST(contains(load(text), "expected calibrated_on and rows of distances"));
  }
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { Calibration::load(folder / "none"); }),
                      "no such file"));
}

BOOST_AUTO_TEST_CASE(exchangeable_inputs_are_rejected_at_most_at_the_rate) {
  // Each trial draws its own calibration set and one input, so the trials are independent and the
  // number of rejections is binomial with P(p < a) = (ceil(a (n + 1)) - 1) / (n + 1) <= a.
  constexpr int kTrials = 20000, n = 99;
  std::mt19937 random(7);
  std::chi_squared_distribution<double> distance(10);
  const std::vector<double> rates{0.01, 0.05, 0.2};
  std::vector<int> rejected(rates.size());
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> draws(n);
    for (double& d : draws) d = distance(random);
    const double p = shared(draws).p_value(distance(random), 0);
    for (size_t i = 0; i < rates.size(); ++i) rejected[i] += p < rates[i];
  }
  for (size_t i = 0; i < rates.size(); ++i) {
    const double expected = (std::ceil(rates[i] * (n + 1) - 1e-9) - 1) / (n + 1);
    const double deviation = std::sqrt(expected * (1 - expected) / kTrials);
    const double share = static_cast<double>(rejected[i]) / kTrials;
    BOOST_TEST(share <= rates[i]);
    BOOST_TEST(std::abs(share - expected) <= 4 * deviation);
  }
}

BOOST_AUTO_TEST_SUITE_END()
