// SPDX-License-Identifier: Apache-2.0
// What a p-value promises, counted over many draws of calibration and new images.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "core/calibration/calibration.hpp"

using namespace gmtrain;
using Kind = Calibration::Kind;
using By = Calibration::By;

namespace {

constexpr int64_t kClasses = 6, kSplits = 1000, kNew = 40;

/// Images whose energy and doubt go together, and differ from class to class as the classes'
/// frequencies do.
class Source {
 public:
  /// @param step energies and doubts are multiples of it; 0: they are not rounded
  explicit Source(double step) : step_(step) {}

  std::vector<CalibrationSample> draw(int64_t count) {
    std::vector<CalibrationSample> samples;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t k = class_(random_);
      const auto scale = static_cast<double>(1 + k);
      const double common = normal_(random_);
      const double energy = scale * std::exp(0.6 * common + 0.8 * normal_(random_));
      const double doubt = -20 / scale + 3 * (0.6 * common + 0.8 * normal_(random_));
      samples.push_back({k, static_cast<float>(energy), rounded(energy), rounded(doubt)});
    }
    return samples;
  }

 private:
  float rounded(double value) const {
    return static_cast<float>(step_ > 0 ? step_ * std::round(value / step_) : value);
  }

  double step_;
  std::mt19937 random_{11};
  std::discrete_distribution<int64_t> class_{30, 25, 20, 15, 7, 3};
  std::normal_distribution<double> normal_{0, 1};
};

const std::vector<double> kRates{0.001, 0.01, 0.05, 0.1};

/// Of each rate, shares of new images refused below it, and up to it.
struct Refused {
  std::vector<double> below = std::vector<double>(kRates.size()), up_to = below;
};

Refused refused(Source& source, const Calibration::Options& options, int64_t n) {
  Refused shares;
  for (int64_t split = 0; split < kSplits; ++split) {
    const auto calibration = Calibration::build(options, kClasses, source.draw(n), "");
    for (const auto& sample : source.draw(kNew)) {
      const auto p = static_cast<float>(calibration.p_value(sample));
      for (size_t i = 0; i < kRates.size(); ++i) {
        const auto rate = static_cast<float>(kRates[i]);
        shares.below[i] += p < rate ? 1.0 / (kSplits * kNew) : 0;
        shares.up_to[i] += p <= rate ? 1.0 / (kSplits * kNew) : 0;
      }
    }
  }
  return shares;
}

/// Standard deviation of such a share. New images of a split are ranked in one calibration of about
/// n samples: their number is of the beta-binomial distribution.
double deviation(double rate, int64_t n) {
  const double variance =
      rate * (1 - rate) / kNew * (1 + (kNew - 1) / (static_cast<double>(n) + 2));
  return std::sqrt(variance / kSplits);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conformal)

BOOST_AUTO_TEST_CASE(clean_images_are_refused_as_often_as_was_said) {
  const auto check = [](const Calibration::Options& options, int64_t n) {
    Source source(0);
    const auto shares = refused(source, options, n);
    const bool shared = options.kind == Kind::shared;
    const int64_t least = shared ? n : std::min(n, options.class_images);
    // Of a group of m images the rate falls short by 3/(1+m) at most. An image is of that group
    // with probability m/n, hence by 3/n for each group together.
    const double groups = shared ? 1 : kClasses;
    for (size_t i = 0; i < kRates.size(); ++i) {
      const double noise = 3 * deviation(kRates[i], least);
      BOOST_TEST(shares.up_to[i] <= kRates[i] + noise, n << " images, rate " << kRates[i]);
      BOOST_TEST(shares.below[i] >= kRates[i] - 3 * groups / (1.0 + static_cast<double>(n)) - noise,
                 n << " images, rate " << kRates[i]);
    }
  };
  // Of 300 images and more some classes have groups of their own.
  for (const Kind kind : {Kind::shared, Kind::per_class}) {
    for (const int64_t n : {50, 300, 5000}) check({kind, By::energy_and_doubt, 60}, n);
    check({kind, By::distance, 60}, 300);
  }
}

// Ties count for the image, so that fewer are refused; how many depends on the ties.
BOOST_AUTO_TEST_CASE(ties_never_refuse_more) {
  for (const double step : {0.1, 5.0}) {
    for (const Kind kind : {Kind::shared, Kind::per_class}) {
      Source source(step);
      const auto shares = refused(source, {kind, By::energy_and_doubt, 60}, 500);
      for (size_t i = 0; i < kRates.size(); ++i) {
        BOOST_TEST(shares.up_to[i] <= kRates[i] + 3 * deviation(kRates[i], 60),
                   step << ", rate " << kRates[i]);
      }
    }
  }
}

// Of one class too, where it has a group of its own.
BOOST_AUTO_TEST_CASE(each_class_of_a_group_of_its_own_has_the_promise) {
  Source source(0);
  std::vector<double> images(kClasses), shared(kClasses), own(kClasses);
  for (int64_t split = 0; split < 300; ++split) {
    const auto samples = source.draw(2000);
    const auto one = Calibration::build({Kind::shared, By::energy_and_doubt, 1}, kClasses, samples,
                                        ""),
               each = Calibration::build({Kind::per_class, By::energy_and_doubt, 1}, kClasses,
                                         samples, "");
    for (const auto& sample : source.draw(100)) {
      ++images[sample.predicted];
      shared[sample.predicted] += one.p_value(sample) <= 0.05F ? 1 : 0;
      own[sample.predicted] += each.p_value(sample) <= 0.05F ? 1 : 0;
    }
  }
  double most = 0;
  for (int64_t k = 0; k < kClasses; ++k) {
    // Twice the binomial variance is more than that of images ranked in one calibration.
    BOOST_TEST(own[k] / images[k] <= 0.05 + 3 * std::sqrt(2 * 0.05 * 0.95 / images[k]), k);
    most = std::max(most, shared[k] / images[k]);
  }
  BOOST_TEST(most > 0.2);  // what a shared table does to the class that is strangest
}

BOOST_AUTO_TEST_SUITE_END()
