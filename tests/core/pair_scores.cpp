// SPDX-License-Identifier: Apache-2.0
#include "core/verification/pair_score.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <stdexcept>

#include "core/metrics/detection.hpp"
#include "core/verification/figures.hpp"
#include "message_of.hpp"

using namespace gmtrain;

namespace {

TrainingTable table_of(int64_t dimension, std::vector<float> values, std::vector<int64_t> labels) {
  return {{dimension, std::move(values)}, std::move(labels)};
}

const auto kTolerance = boost::test_tools::tolerance(1e-5);

/// A map of the plane.
struct Matrix2 {
  double a, b, c, d;
  std::array<double, 2> operator*(const std::array<double, 2>& x) const {
    return {a * x[0] + b * x[1], c * x[0] + d * x[1]};
  }
};

/// Classes with means ~ N(0, b^2 I) and features ~ N(mean, I) about them, in the plane.
struct Gaussians {
  std::mt19937 random;
  double b;
  Matrix2 map{1, 0, 0, 1};  ///< of every feature, last

  TrainingTable draw(int64_t classes, int64_t images_each) {
    std::normal_distribution<double> normal;
    auto table = table_of(2, {}, {});
    for (int64_t k = 0; k < classes; ++k) {
      const double mean[]{b * normal(random), b * normal(random)};
      for (int64_t i = 0; i < images_each; ++i) {
        const auto x =
            map * std::array<double, 2>{mean[0] + normal(random), mean[1] + normal(random)};
        for (const double value : x) table.features.values.push_back(static_cast<float>(value));
        table.labels.push_back(k);
      }
    }
    return table;
  }
};

/// All images in pairs: two of a class, then of neighbouring classes, of 2 * n images.
std::vector<ImagePair> neighbours(int64_t classes) {
  std::vector<ImagePair> pairs;
  for (int64_t k = 0; k < classes; ++k) {
    pairs.push_back({2 * k, 2 * k + 1, true, k % 10});
    pairs.push_back({2 * k, (2 * k + 3) % (2 * classes), false, k % 10});
  }
  return pairs;
}

std::vector<double> score_of(const std::string& name, const TrainingTable& training,
                             const FeatureTable& images, const std::vector<ImagePair>& pairs,
                             double retained_variance = 1) {
  return fit_pair_score(name, training, {retained_variance})->score(images, pairs);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pair_scores)

BOOST_AUTO_TEST_CASE(cosine_and_euclidean_worked_out_by_hand) {
  const FeatureTable images{2, {3, 4, 4, 3, -6, -8, 0, 0, 3, 4}};
  const std::vector<ImagePair> pairs{
      {0, 1, true, 0}, {0, 2, true, 0}, {0, 3, true, 0}, {0, 4, true, 0}};
  const std::vector<double> cosine{24.0 / 25, -1, 0, 1}, euclidean{-std::sqrt(2.0), -15, -5, 0};
  const auto c = score_of("cosine", {}, images, pairs),
             e = score_of("euclidean", {}, images, pairs);
  for (size_t i = 0; i < pairs.size(); ++i) {
    BOOST_TEST(c[i] == cosine[i], kTolerance);
    BOOST_TEST(e[i] == euclidean[i], kTolerance);
  }
}

BOOST_AUTO_TEST_CASE(mahalanobis_by_the_covariance_of_all_training_features) {
  // Uncorrelated, with variances 9 and 1.
  const auto training = table_of(2, {3, 1, -3, 1, 3, -1, -3, -1}, {0, 0, 1, 1});
  const FeatureTable images{2, {0, 0, 3, 4}};
  const std::vector<ImagePair> pairs{{0, 1, true, 0}};
  BOOST_TEST(
      score_of("pca_mahalanobis", training, images, pairs)[0] == -std::sqrt(9.0 / 9 + 16.0 / 1),
      kTolerance);
  // 90 % of the variance is along the first axis.
  BOOST_TEST(score_of("pca_mahalanobis", training, images, pairs, 0.89)[0] == -1, kTolerance);
  BOOST_TEST(score_of("pca_mahalanobis", training, images, pairs, 0.91)[0] == -std::sqrt(17.0),
             kTolerance);
}

BOOST_AUTO_TEST_CASE(mahalanobis_by_the_covariance_within_classes) {
  // About the means (3, 0) and (-3, 0): (0, 1), (0, -1), (2, 0), (-2, 0) and the same of the other;
  // sums of squares 16 and 4, divided by n - K = 8 - 2.
  auto training = table_of(2, {}, {});
  for (const float centre : {3.0F, -3.0F}) {
    for (const auto& [x, y] : {std::pair{0.0F, 1.0F}, {0.0F, -1.0F}, {2.0F, 0.0F}, {-2.0F, 0.0F}}) {
      training.features.values.insert(training.features.values.end(), {centre + x, y});
      training.labels.push_back(centre > 0 ? 7 : -7);
    }
  }
  const FeatureTable images{2, {0, 0, 2, 3}};
  BOOST_TEST(score_of("within_mahalanobis", training, images, {{0, 1, true, 0}})[0] ==
                 -std::sqrt(4 / (16.0 / 6) + 9 / (4.0 / 6)),
             kTolerance);
}

BOOST_AUTO_TEST_CASE(directions_without_variance_count_for_nothing) {
  // The third feature is dead, the fourth the sum of the first two.
  auto training = table_of(4, {}, {});
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 40; ++i) {
    const float x = normal(random), y = normal(random);
    training.features.values.insert(training.features.values.end(), {x, y, 0, x + y});
    training.labels.push_back(i % 4);
  }
  const FeatureTable images{4, {1, 2, 0, 3, 1, 2, 5, 3, 0, 2, 0, 2}};
  const std::vector<ImagePair> pairs{{0, 1, true, 0}, {0, 2, true, 0}};
  for (const std::string name : {"pca_mahalanobis", "within_mahalanobis"}) {
    const auto scores = score_of(name, training, images, pairs);
    BOOST_TEST(std::abs(scores[0]) < 1e-3);
    BOOST_TEST((scores[1] < -0.5 && scores[1] > -2));
  }
}

// Differences within a class are N(0, 2I) and between classes N(0, 2 (1 + b^2) I): in the plane
// half their squared length by these variances is exponential, so that at the false accept rate f
// the true one is 1 - (1 - f)^r, r = 1 + b^2, and the area under the curve r / (1 + r).
BOOST_AUTO_TEST_CASE(gaussians_give_the_curve_of_the_closed_form) {
  constexpr double kR = 10;
  Gaussians gaussians{std::mt19937(1), std::sqrt(kR - 1)};
  const auto training = gaussians.draw(200, 20);
  constexpr int64_t kPairs = 20000;
  const auto images = gaussians.draw(kPairs, 2).features;
  const auto pairs = neighbours(kPairs);
  for (const std::string name : {"euclidean", "pca_mahalanobis", "within_mahalanobis"}) {
    const auto figures =
        score_figures(score_of(name, training, images, pairs), pairs, {0.1, 0.01, 1e-4});
    // Four standard deviations of a share of 20000 pairs, and what the fit to 200 classes adds.
    BOOST_TEST(std::abs(figures["auroc"].get<double>() - kR / (1 + kR)) < 0.005, name);
    for (const double rate : {0.1, 0.01}) {
      const double expected = 1 - std::pow(1 - rate, kR);
      const double found = figures["tar_at_far"][rate == 0.1 ? "0.1" : "0.01"].get<double>();
      BOOST_TEST(std::abs(found - expected) < 0.03, name << " " << found << " for " << expected);
    }
    BOOST_TEST(figures["tar_at_far"]["0.0001"].is_number());
    // Where (1 - f)^r = f, by iteration.
    double equal = 0.5;
    for (int i = 0; i < 200; ++i) equal = (9 * equal + std::pow(1 - equal, kR)) / 10;
    BOOST_TEST(std::abs(figures["eer"].get<double>() / 100 - equal) < 0.012, name);
    // The best threshold is where the densities are equal, (1 - f)^(r - 1) = 1 / r.
    const double best = 1 - std::pow(1 / kR, 1 / (kR - 1));
    const double accuracy = (1 - std::pow(1 - best, kR) + 1 - best) / 2;
    BOOST_TEST(std::abs(figures["accuracy"].get<double>() / 100 - accuracy) < 0.01, name);
    BOOST_TEST(figures["standard_error"].get<double>() < 0.5, name);
    BOOST_TEST(figures["folds"].size() == 10);
    BOOST_TEST(figures["roc"].size() <= 201);
  }
}

// Mahalanobis distances do not change when all features go through the same invertible map, and so
// still follow the closed form, while plain distances get worse.
BOOST_AUTO_TEST_CASE(mahalanobis_undoes_a_linear_map) {
  constexpr int64_t kPairs = 500;
  const auto pairs = neighbours(kPairs);
  const auto scores = [&](const std::string& name, const Matrix2& map) {
    Gaussians gaussians{std::mt19937(1), 3, map};
    const auto training = gaussians.draw(50, 10);
    return score_of(name, training, gaussians.draw(kPairs, 2).features, pairs);
  };
  const Matrix2 identity{1, 0, 0, 1}, skewed{20, 3, 2, 0.4};
  for (const std::string name : {"pca_mahalanobis", "within_mahalanobis"}) {
    const auto plain = scores(name, identity), mapped = scores(name, skewed);
    for (size_t i = 0; i < pairs.size(); ++i) {
      BOOST_TEST(mapped[i] == plain[i], boost::test_tools::tolerance(1e-3));
    }
  }
  const auto area = [&](const Matrix2& map) {
    return score_figures(scores("euclidean", map), pairs, {})["auroc"].get<double>();
  };
  BOOST_TEST(area(skewed) < area(identity) - 0.05);
}

// One direction tells classes apart, the other is wide within each: by the covariance of all
// features the first is discounted as much as the second, by that within classes it is not.
BOOST_AUTO_TEST_CASE(within_classes_is_another_covariance_than_overall) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const auto draw = [&](int64_t classes, int64_t images_each) {
    auto table = table_of(2, {}, {});
    for (int64_t k = 0; k < classes; ++k) {
      const float mean = 10 * normal(random);
      for (int64_t i = 0; i < images_each; ++i) {
        table.features.values.insert(table.features.values.end(),
                                     {mean + normal(random), 10 * normal(random)});
        table.labels.push_back(k);
      }
    }
    return table;
  };
  const auto training = draw(100, 20);
  constexpr int64_t kPairs = 2000;
  const auto images = draw(kPairs, 2).features;
  const auto pairs = neighbours(kPairs);
  const auto area = [&](const std::string& name) {
    return score_figures(score_of(name, training, images, pairs), pairs, {})["auroc"].get<double>();
  };
  BOOST_TEST(area("within_mahalanobis") > 0.9);
  BOOST_TEST(area("pca_mahalanobis") < 0.75);
}

BOOST_AUTO_TEST_CASE(a_score_is_fitted_to_fewer_images_than_features) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  auto training = table_of(30, {}, {});
  for (int i = 0; i < 12; ++i) {
    for (int d = 0; d < 30; ++d) training.features.values.push_back(normal(random));
    training.labels.push_back(i % 3);
  }
  for (const std::string name : {"pca_mahalanobis", "within_mahalanobis"}) {
    const double score = score_of(name, training, training.features, {{0, 1, false, 0}})[0];
    BOOST_TEST((std::isfinite(score) && score < 0), name << " " << score);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_fitted_or_scored_is_an_error) {
  const auto training = table_of(2, {3, 1, -3, 1, 3, -1, -3, -1}, {0, 0, 1, 1});
  const FeatureTable images{2, {0, 0, 3, 4}};
  const std::vector<ImagePair> pairs{{0, 1, true, 0}};
  const auto message = [](const std::function<void()>& function) {
    return message_of<std::invalid_argument>(function);
  };
  BOOST_TEST(contains(message([&] { fit_pair_score("manhattan", training, {1}); }), "manhattan"));
  const auto equal = table_of(2, {1, 1, 1, 1, 1, 1}, {0, 0, 1});
  const auto alone = table_of(2, {1, 2, 3, 4, 5, 7}, {0, 1, 2});
  BOOST_TEST(contains(message([&] { fit_pair_score("pca_mahalanobis", equal, {1}); }), "differ"));
  BOOST_TEST(
      contains(message([&] { fit_pair_score("within_mahalanobis", equal, {1}); }), "differ"));
  BOOST_TEST(contains(message([&] { fit_pair_score("within_mahalanobis", alone, {1}); }),
                      "more than one of some class"));
  BOOST_TEST(contains(message([&] { fit_pair_score("pca_mahalanobis", {}, {1}); }), "found none"));
  for (const std::string& name : Registry<PairScoreKind>::names()) {
    const auto score = fit_pair_score(name, training, {1});
    BOOST_TEST(contains(message([&] {
                          score->score({2, {0, 0, NAN, 4}}, pairs);
                        }),
                        "finite"),
               name);
  }
  const auto score = fit_pair_score("pca_mahalanobis", training, {1});
  BOOST_TEST(contains(message([&] { score->score({1, {0, 3}}, pairs); }), "dimension 2, found 1"));
}

BOOST_AUTO_TEST_CASE(figures_of_pairs) {
  const std::vector<ImagePair> pairs{
      {0, 1, true, 0}, {0, 2, false, 0}, {4, 5, true, 1}, {5, 6, false, 1}};
  const auto counted = pair_figures(pairs);
  BOOST_TEST(counted["genuine"].get<int64_t>() == 2);
  BOOST_TEST(counted["impostor"].get<int64_t>() == 2);
  BOOST_TEST(counted["images"].get<int64_t>() == 6);
  BOOST_TEST(counted["folds"].get<int64_t>() == 2);
  const auto figures = score_figures({4, 1, 3, 2}, pairs, {0.5, 0.4});
  BOOST_TEST(figures["accuracy"].get<double>() == 100);
  BOOST_TEST(figures["standard_error"].get<double>() == 0);
  BOOST_TEST(figures["eer"].get<double>() == 0);
  BOOST_TEST(figures["auroc"].get<double>() == 1);
  // Two impostor pairs resolve no rate below 1/2.
  BOOST_TEST(figures["tar_at_far"].dump() == R"({"0.5":1.0,"0.4":null})");
}

BOOST_AUTO_TEST_CASE(features_that_are_all_equal_within_classes_are_refused) {
  const auto training = table_of(2, {1, 0, 1, 0, 0, 1, 0, 1}, {0, 0, 1, 1});
  BOOST_TEST(contains(message_of<std::invalid_argument>(
                          [&] { fit_pair_score("within_mahalanobis", training, {1}); }),
                      "expected features that differ within some class"));
}

BOOST_AUTO_TEST_SUITE_END()
