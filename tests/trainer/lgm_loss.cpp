// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_loss.hpp"

#include <boost/test/unit_test.hpp>

#include "trainer/lgm_reference.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

torch::Tensor call(const LgmInputs& in, const LgmCase& c) {
  return lgm_loss(
             {in.features, in.means, in.log_variances, in.log_priors, in.labels, c.alpha, c.lambda})
      .loss;
}

std::vector<torch::Tensor> gradients(const torch::Tensor& loss, const LgmInputs& in,
                                     const torch::Tensor& weights) {
  return torch::autograd::grad({loss}, {in.features, in.means, in.log_variances}, {weights});
}

std::vector<LgmCase> cases() {
  std::vector<LgmCase> all;
  const std::vector<std::array<int64_t, 3>> shapes{
      {1, 1, 1},    {1, 1, 7},   {5, 1, 3},    {1, 4, 1},      {9, 3, 1},
      {1, 10, 100}, {17, 2, 16}, {33, 10, 31}, {128, 10, 100}, {3, 257, 65}};
  for (const auto& [n, k, d] : shapes) {
    for (const auto covariance :
         {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
      for (const double alpha : {0.0, 0.3, 1.0}) {
        all.push_back({n, k, d, covariance, alpha, 0.1, 1.0, alpha == 0.3, alpha == 1.0});
      }
      all.push_back({n, k, d, covariance, 1.0, 0.0, 0.1});
    }
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lgm_loss_operator)

BOOST_AUTO_TEST_CASE(equals_autograd_of_the_plain_formula) {
  torch::manual_seed(1);
  for (const auto& c : cases()) {
    BOOST_TEST_CONTEXT(c) {
      const auto in = make_inputs(c);
      const auto weights = torch::randn({c.samples}, torch::kDouble);
      const auto actual = call(in, c), expected = plain_lgm_loss(in, c.alpha, c.lambda);
      BOOST_TEST(relative_error(actual, expected) < 1e-12);
      const auto actual_gradients = gradients(actual, in, weights);
      const auto expected_gradients = gradients(expected, in, weights);
      for (size_t g = 0; g < actual_gradients.size(); ++g) {
        // Autograd's own 1 - p cancels: an absolute part of that size is allowed.
        const double error =
            (actual_gradients[g] - expected_gradients[g]).abs().max().item<double>();
        const double size = expected_gradients[g].abs().max().item<double>();
        BOOST_TEST(error < 1e-11 * size + 1e-13 * c.dimension);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(equals_finite_differences) {
  torch::manual_seed(2);
  constexpr double kStep = 1e-5;
  for (const auto& c : {LgmCase{3, 4, 5, Covariance::diagonal, 0.7, 0.2},
                        LgmCase{4, 3, 2, Covariance::isotropic, 1.0, 0.1, 1.0, false},
                        LgmCase{2, 3, 4, Covariance::shared, 0.3, 0.5}}) {
    BOOST_TEST_CONTEXT(c) {
      const auto in = make_inputs(c);
      const auto actual = gradients(call(in, c), in, torch::ones({c.samples}, torch::kDouble));
      const std::vector<torch::Tensor> parameters{in.features, in.means, in.log_variances};
      torch::NoGradGuard no_grad;
      for (size_t p = 0; p < parameters.size(); ++p) {
        auto flat = parameters[p].view(-1);
        for (int64_t i = 0; i < flat.numel(); ++i) {
          const double value = flat[i].item<double>();
          flat[i] = value + kStep;
          const double above = call(in, c).sum().item<double>();
          flat[i] = value - kStep;
          const double below = call(in, c).sum().item<double>();
          flat[i] = value;
          const double expected = (above - below) / (2 * kStep);
          BOOST_TEST(std::abs(actual[p].view(-1)[i].item<double>() - expected) <
                     1e-7 * std::max(1.0, std::abs(expected)));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(float32_is_close_to_float64) {
  torch::manual_seed(3);
  for (const auto& c : cases()) {
    BOOST_TEST_CONTEXT(c) {
      const auto exact = make_inputs(c).to(torch::kFloat);
      const auto in64 = exact.to(torch::kDouble), in32 = exact;
      const auto weights = torch::ones({c.samples}, torch::kDouble);
      const auto loss64 = call(in64, c), loss32 = call(in32, c);
      BOOST_TEST(relative_error(loss32, loss64) < 1e-5);
      const auto g64 = gradients(loss64, in64, weights);
      const auto g32 = gradients(loss32, in32, weights.to(torch::kFloat));
      for (size_t g = 0; g < g64.size(); ++g) {
        const double error = (g32[g].to(torch::kDouble) - g64[g]).abs().max().item<double>();
        BOOST_TEST(error < 1e-5 * (g64[g].abs().max().item<double>() + 1));
      }
    }
  }
}

// Two classes at distance a on a line, the feature on its own mean: t = -a^2/2, so the loss is
// log(1 + exp(-a^2/2)) and its slope -p_other a. For a = 12 the loss is 5.4e-32, and 1 - p is far
// below float32's and float64's resolution near 1.
BOOST_AUTO_TEST_CASE(certainty_keeps_its_digits) {
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    auto features = torch::zeros({1, 1}, type).requires_grad_(true);
    const auto means = torch::tensor({0.0, 12.0}, type).unsqueeze(1);
    const auto loss =
        lgm_loss({features, means, torch::zeros({1, 1}, type),
                  torch::full({2}, std::log(0.5), type), torch::zeros({1}, torch::kLong), 0, 0})
            .loss;
    loss.sum().backward();
    const double other = std::exp(-72.0);
    BOOST_TEST(loss.item<double>() == other, boost::test_tools::tolerance(1e-5));
    BOOST_TEST(features.grad().item<double>() == other * 12, boost::test_tools::tolerance(1e-5));
  }
}

BOOST_AUTO_TEST_CASE(predicts_without_the_margin) {
  // At 0.4 between means 0 and 1 the margin alone would turn the decision over to class 1.
  const auto output = lgm_loss({torch::full({1, 1}, 0.4), torch::tensor({0.f, 1.f}).unsqueeze(1),
                                torch::zeros({1, 1}), torch::full({2}, std::log(0.5f)),
                                torch::zeros({1}, torch::kLong), 100, 0});
  BOOST_TEST(output.predicted.item<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(features_alone_have_the_same_gradient) {
  torch::manual_seed(6);
  const LgmCase c{9, 7, 33, Covariance::diagonal, 0.5, 0.1};
  const auto in = make_inputs(c);
  const auto weights = torch::ones({c.samples}, torch::kDouble);
  const auto all = gradients(call(in, c), in, weights);
  const auto alone = torch::autograd::grad({call(in, c)}, {in.features}, {weights});
  BOOST_TEST(torch::equal(alone[0], all[0]));
}

BOOST_AUTO_TEST_CASE(distances_are_squared_mahalanobis) {
  // (3-1)^2/4 + (5-2)^2/1 = 10 by hand.
  const auto distance =
      mahalanobis_distances(torch::tensor({{3.0, 5.0}}), torch::tensor({{1.0, 2.0}}),
                            torch::tensor({{std::log(4.0), 0.0}}));
  BOOST_TEST(distance.item<double>() == 10.0, boost::test_tools::tolerance(1e-6));
}

// Or calibration would tell apart what is equal.
BOOST_AUTO_TEST_CASE(equal_features_have_equal_distances) {
  torch::manual_seed(8);
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    for (const int64_t d : {2, 37, 64}) {
      for (const auto form : {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
        const LgmCase c{1, 5, d, form, 0, 0};
        const auto in = make_inputs(c).to(type);
        BOOST_TEST_CONTEXT(c) {
          const auto one = mahalanobis_distances(in.features, in.means, in.log_variances);
          const auto many =
              mahalanobis_distances(in.features.expand({61, d}), in.means, in.log_variances);
          BOOST_TEST(torch::equal(many, one.expand({61, 5})));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(arguments_that_do_not_fit_are_named) {
  const LgmCase c{4, 3, 5, Covariance::diagonal, 1.0, 0.1};
  const auto fails_with = [&](const std::string& name, const std::function<void(LgmInputs&)>& spoil,
                              double alpha = 1.0) {
    auto in = make_inputs(c);
    spoil(in);
    try {
      lgm_loss({in.features, in.means, in.log_variances, in.log_priors, in.labels, alpha, 0.1});
      BOOST_ERROR("no error for bad " << name);
    } catch (const c10::Error& error) {
      BOOST_TEST(std::string(error.what_without_backtrace()).find(name) != std::string::npos);
    }
  };
  const auto f64 = torch::kDouble;
  fails_with("features", [&](auto& in) { in.features = torch::zeros({4}, f64); });
  fails_with("means", [&](auto& in) { in.means = torch::zeros({3, 6}, f64); });
  fails_with("log_variances", [&](auto& in) { in.log_variances = torch::zeros({3, 2}, f64); });
  fails_with("log_variances", [&](auto& in) { in.log_variances = torch::zeros({3, 5}); });
  fails_with("log_priors", [&](auto& in) { in.log_priors = torch::zeros({2}, f64); });
  fails_with("labels", [&](auto& in) { in.labels = torch::zeros({3}, torch::kLong); });
  fails_with("label 3", [&](auto& in) { in.labels = torch::full({4}, 3, torch::kLong); });
  fails_with("label -1", [&](auto& in) { in.labels = torch::full({4}, -1, torch::kLong); });
  fails_with(
      "alpha", [](auto&) {}, -0.5);
}

BOOST_AUTO_TEST_SUITE_END()
