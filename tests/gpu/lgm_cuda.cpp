// SPDX-License-Identifier: Apache-2.0
// The lgm operators on CUDA against float64 on the CPU. Needs a GPU.
#include <boost/test/unit_test.hpp>

#include "gmtrain/ops/lgm_loss.hpp"
#include "peak_memory.hpp"
#include "trainer/lgm_reference.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
using torch::Tensor;

namespace {

LgmInputs on_cuda(const LgmInputs& in, torch::ScalarType type) {
  const auto leaf = [&](const Tensor& t) {
    return t.detach().to(torch::kCUDA, type).requires_grad_(true);
  };
  return {leaf(in.features), leaf(in.means), leaf(in.log_variances),
          in.log_priors.to(torch::kCUDA, type), in.labels.to(torch::kCUDA)};
}

struct Outputs {
  Tensor loss, predicted;
  std::vector<Tensor> gradients;
};

Outputs run(const LgmInputs& in, const LgmCase& c, const Tensor& weights, int64_t budget) {
  const auto out = lgm_loss({in.features, in.means, in.log_variances, in.log_priors, in.labels,
                             c.alpha, c.lambda, budget});
  return {out.loss.detach(), out.predicted,
          torch::autograd::grad({out.loss}, {in.features, in.means, in.log_variances}, {weights})};
}

void check_close(const Outputs& actual, const Outputs& expected, double tolerance) {
  BOOST_TEST(relative_error(actual.loss.cpu(), expected.loss) < tolerance);
  for (size_t g = 0; g < 3; ++g) {
    const double error = (actual.gradients[g].cpu().to(torch::kDouble) - expected.gradients[g])
                             .abs()
                             .max()
                             .item<double>();
    BOOST_TEST(error < tolerance * (expected.gradients[g].abs().max().item<double>() + 1));
  }
}

const std::vector<std::array<int64_t, 3>> kShapes{{1, 1, 1},      {5, 1, 3},     {3, 7, 1},
                                                  {128, 10, 100}, {70, 129, 65}, {256, 1000, 512},
                                                  {33, 4099, 257}};

template <typename Check>
void for_each_case(const Check& check) {
  torch::manual_seed(21);
  for (const auto& [n, k, d] : kShapes) {
    for (const auto form : {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
      for (const int64_t budget : {int64_t{0}, int64_t{1} << 20}) {
        const LgmCase c{n, k, d, form, 0.7, 0.1, 1.0, false};
        BOOST_TEST_CONTEXT(c << " budget " << budget) {
          check(c, budget);
        }
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lgm_cuda)

BOOST_AUTO_TEST_CASE(agrees_with_float64) {
  for_each_case([](const LgmCase& c, int64_t budget) {
    // Inputs that float32 holds exactly.
    const auto in = make_inputs(c).to(torch::kFloat).to(torch::kDouble);
    const auto weights = torch::ones({c.samples}, torch::kDouble);
    const auto expected = run(in, c, weights, 0);
    for (const auto& [type, tolerance] :
         {std::pair{torch::kFloat, 1e-5}, std::pair{torch::kDouble, 1e-12}}) {
      const auto actual = run(on_cuda(in, type), c, weights.to(torch::kCUDA, type), budget);
      check_close(actual, expected, tolerance);
      BOOST_TEST(torch::equal(actual.predicted.cpu(), expected.predicted));
    }
  });
}

BOOST_AUTO_TEST_CASE(the_same_bits_from_run_to_run) {
  for_each_case([](const LgmCase& c, int64_t budget) {
    const auto in = on_cuda(make_inputs(c), torch::kFloat);
    const auto weights = torch::ones({c.samples}, torch::kCUDA);
    const auto one = run(in, c, weights, budget), two = run(in, c, weights, budget);
    BOOST_TEST(torch::equal(one.loss, two.loss));
    for (size_t g = 0; g < 3; ++g) BOOST_TEST(torch::equal(one.gradients[g], two.gradients[g]));
  });
}

BOOST_AUTO_TEST_CASE(reduced_features_are_worked_out_in_float32) {
  const LgmCase c{33, 10, 31, Covariance::diagonal, 1.0, 0.1};
  const auto in = on_cuda(make_inputs(c), torch::kFloat);
  const auto weights = torch::ones({c.samples}, torch::kCUDA);
  for (const auto type : {torch::kHalf, torch::kBFloat16}) {
    LgmInputs reduced = in, widened = in;
    reduced.features = in.features.detach().to(type).requires_grad_(true);
    widened.features = reduced.features.detach().to(torch::kFloat).requires_grad_(true);
    const auto actual = run(reduced, c, weights, 0), expected = run(widened, c, weights, 0);
    BOOST_TEST(torch::equal(actual.loss, expected.loss));
    BOOST_TEST(torch::equal(actual.gradients[0], expected.gradients[0].to(type)));
  }
}

BOOST_AUTO_TEST_CASE(a_million_classes_fit_beside_their_parameters) {
  const auto options = torch::TensorOptions(torch::kCUDA);
  const int64_t N = 256, K = 1000000, D = 512, budget = 256 << 20;
  const auto features = torch::randn({N, D}, options).requires_grad_(true);
  const auto means = torch::randn({K, D}, options).requires_grad_(true);
  const auto log_variances = torch::zeros({1, 1}, options).requires_grad_(true);
  const auto log_priors = torch::full({K}, -std::log(double(K)), options);
  const auto labels = torch::randint(K, {N}, options.dtype(torch::kLong));
  const int64_t results = 4 * (K * D + N * D + 10 * N);
  std::vector<Tensor> gradients;
  const int64_t peak = peak_memory_of([&] {
    const auto loss =
        lgm_loss({features, means, log_variances, log_priors, labels, 1, 0.1, budget}).loss.sum();
    gradients = torch::autograd::grad({loss}, {features, means, log_variances});
  });
  for (const Tensor& gradient : gradients) {
    BOOST_TEST(std::isfinite(gradient.abs().sum().item<double>()));
  }
  BOOST_TEST(peak < results + budget);
}

BOOST_AUTO_TEST_SUITE_END()
