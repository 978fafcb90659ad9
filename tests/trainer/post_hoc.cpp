// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace gmtrain;

namespace {

/// Means (0,0) and (10,0), of each four points at (+-1,0) and (0,+-2): covariance diag(1/2, 2).
/// With `extra` further features that are 0.
TrainingFeatures two_classes(int64_t extra = 0) {
  const auto cross = torch::tensor({1.0, 0.0, -1.0, 0.0, 0.0, 2.0, 0.0, -2.0}).view({4, 2});
  const auto other = cross + torch::tensor({10.0, 0.0});
  const auto labels = torch::tensor({0, 0, 0, 0, 1, 1, 1, 1}, torch::kLong);
  return {torch::cat({torch::cat({cross, other}), torch::zeros({8, extra})}, 1), labels, 2};
}

std::vector<double> scores(const std::string& name, const TrainingFeatures& training,
                           const torch::Tensor& features, const Scores& of_classifier = {}) {
  const auto fitted = Registry<PostHocFactory>::at(name)(training);
  const auto values = fitted->score(features, of_classifier).contiguous();
  BOOST_TEST_REQUIRE((values.scalar_type() == torch::kDouble));
  const auto* data = values.const_data_ptr<double>();
  return {data, data + values.numel()};
}

const auto kScoreTolerance = boost::test_tools::tolerance(1e-12);

}  // namespace

BOOST_AUTO_TEST_SUITE(post_hoc)

BOOST_AUTO_TEST_CASE(mahalanobis_is_of_the_nearest_class) {
  const auto found =
      scores("mahalanobis", two_classes(), torch::tensor({1.0, 2.0, 9.0, 0.0}).view({2, 2}));
  BOOST_TEST(found[0] == -(1 / 0.5 + 4 / 2.0), kScoreTolerance);
  BOOST_TEST(found[1] == -1 / 0.5, kScoreTolerance);
}

BOOST_AUTO_TEST_CASE(relative_mahalanobis_takes_away_that_to_all_features) {
  // All features together: mean (5,0), variances 1/2 + 25 and 2.
  const auto found =
      scores("relative_mahalanobis", two_classes(), torch::tensor({1.0, 2.0}).view({1, 2}));
  BOOST_TEST(found[0] == (16 / 25.5 + 4 / 2.0) - (1 / 0.5 + 4 / 2.0), kScoreTolerance);
}

BOOST_AUTO_TEST_CASE(dead_features_count_for_nothing) {
  const auto query = torch::tensor({1.0, 2.0, 7.0}).view({1, 3});
  BOOST_TEST(scores("mahalanobis", two_classes(1), query)[0] == -4, kScoreTolerance);
  BOOST_TEST(scores("relative_mahalanobis", two_classes(1), query)[0] == 16 / 25.5 - 2,
             kScoreTolerance);
}

BOOST_AUTO_TEST_CASE(dependent_features_add_nothing) {
  auto training = two_classes();
  const auto query = torch::tensor({1.0, 2.0}).view({1, 2});
  const auto doubled = [](const torch::Tensor& x) { return torch::cat({x, x.sum(1, true)}, 1); };
  training.features = doubled(training.features);
  BOOST_TEST(scores("mahalanobis", training, doubled(query))[0] == -4,
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_class_without_features_is_nearest_to_none) {
  auto training = two_classes();
  training.classes = 3;
  const auto query = torch::tensor({1.0, 2.0}).view({1, 2});
  BOOST_TEST(scores("mahalanobis", training, query)[0] == -4, kScoreTolerance);
}

BOOST_AUTO_TEST_CASE(the_fiftieth_neighbour_on_the_sphere) {
  // Training features in directions of 0, 1, ..., 99 degrees and of any length; the query at -1
  // degree: its 50th neighbour is at 49 degrees.
  const auto at = [](const torch::Tensor& degrees, const torch::Tensor& length) {
    const auto angle = degrees * (M_PI / 180);
    return (length.unsqueeze(1) * torch::stack({angle.cos(), angle.sin()}, 1)).to(torch::kFloat);
  };
  torch::manual_seed(1);
  const auto degrees = torch::randperm(100).to(torch::kDouble);
  const auto features = at(degrees, torch::rand({100}, torch::kDouble) + 0.1);
  const auto query =
      at(torch::tensor({-1.0, 200.0}, torch::kDouble), torch::tensor({7.0, 0.01}, torch::kDouble));
  const TrainingFeatures training{features, torch::zeros({100}, torch::kLong), 1};
  const auto found = scores("nearest_neighbour", training, query);
  BOOST_TEST(std::abs(found[0] + 2 * std::sin(25 * M_PI / 180)) < 1e-6);
  // From 200 degrees the 50th is at 50: half of 150 degrees.
  BOOST_TEST(std::abs(found[1] + 2 * std::sin(75 * M_PI / 180)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(near_neighbours_do_not_cancel) {
  // Where all 50 are one point at 1e-4 from the query, 2 - 2 cos in float32 is a multiple of 1e-7.
  const auto point = torch::tensor({1.0f, 0.0f}), near = torch::tensor({1.0f, 1e-4f});
  const TrainingFeatures training{point.expand({60, 2}).contiguous(),
                                  torch::zeros({60}, torch::kLong), 1};
  const double found = scores("nearest_neighbour", training, near.view({1, 2}))[0];
  BOOST_TEST(std::abs(found + 1e-4) < 1e-9);
}

BOOST_AUTO_TEST_CASE(with_few_training_features_the_last_neighbour_counts) {
  const auto found =
      scores("nearest_neighbour", two_classes(), torch::tensor({1.0f, 0.0f}).view({1, 2}));
  BOOST_TEST(found[0] == -2, kScoreTolerance);
}

BOOST_AUTO_TEST_CASE(what_the_classifier_itself_says) {
  Scores said;
  said.log_posterior = torch::tensor({0.7, 0.3, 0.2, 0.8}, torch::kDouble).view({2, 2}).log();
  said.log_density = torch::tensor({-3.0, 5.0}, torch::kDouble);
  const auto none = torch::zeros({2, 2});
  const auto softmax = scores("max_softmax", two_classes(), none, said);
  BOOST_TEST(softmax[0] == 0.7, kScoreTolerance);
  BOOST_TEST(softmax[1] == 0.8, kScoreTolerance);
  const auto energy_score = scores("energy_score", two_classes(), none, said);
  BOOST_TEST(energy_score[0] == -3);
  BOOST_TEST(energy_score[1] == 5);
}

BOOST_AUTO_TEST_SUITE_END()
