// SPDX-License-Identifier: Apache-2.0
// The driver of the lgm operators over every backend that runs on this machine: chunks, budgets,
// types. The CUDA kernels run on the host here.
#include "gmtrain/ops/lgm_driver.hpp"

#include <ATen/autocast_mode.h>

#include <boost/test/unit_test.hpp>

#include "cuda_kernels/host_cuda.hpp"
//
#include "gmtrain/ops/cuda/lgm_device.hpp"
#include "gmtrain/ops/lgm_loss.hpp"
#include "peak_memory.hpp"
#include "trainer/lgm_reference.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
using torch::Tensor;

namespace {

const lgm::Backend& kernels_on_host() {
  static const lgm::LaunchedKernels<float, gm_test::HostLaunch> float32(gm_test::HostLaunch{1});
  static const lgm::LaunchedKernels<double, gm_test::HostLaunch> float64(gm_test::HostLaunch{2});
  static const lgm::Backend backend{float32, float64};
  return backend;
}

struct Outputs {
  Tensor loss, predicted;
  std::vector<Tensor> gradients;
};

/// The CPU's as it is for many classes.
const lgm::Backend& products_on_cpu() {
  static const lgm::Backend backend = [] {
    lgm::Backend products = lgm::cpu_backend();
    products.most_direct = 0;
    return products;
  }();
  return backend;
}

Outputs run_on(const lgm::Backend& backend, const LgmInputs& in, const LgmCase& c,
               const Tensor& weights, int64_t budget = 0, bool of_classes = true) {
  torch::NoGradGuard no_grad;
  const lgm::Arguments given{in.features, in.means, in.log_variances, in.log_priors,
                             in.labels,   c.alpha,  c.lambda,         budget};
  const auto out = lgm::forward(backend, given);
  auto [features, means, log_variances] =
      lgm::backward(backend, weights, given, out.saved, of_classes);
  return {out.loss, out.predicted, {features, means, log_variances}};
}

Outputs run_operator(const LgmInputs& in, const LgmCase& c, const Tensor& weights, int64_t budget) {
  const auto out = lgm_loss({in.features, in.means, in.log_variances, in.log_priors, in.labels,
                             c.alpha, c.lambda, budget});
  return {out.loss.detach(), out.predicted,
          torch::autograd::grad({out.loss}, {in.features, in.means, in.log_variances}, {weights})};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lgm_driver)

BOOST_AUTO_TEST_CASE(every_backend_equals_autograd_within_any_budget) {
  torch::manual_seed(11);
  for (const auto& [n, k, d] : {std::array<int64_t, 3>{0, 3, 5},
                                {1, 1, 1},
                                {5, 1, 3},
                                {3, 7, 1},
                                {70, 10, 65},
                                {3, 257, 65}}) {
    for (const auto form : {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
      const LgmCase c{n, k, d, form, 0.7, 0.1, 1.0, false};
      const auto in = make_inputs(c);
      const auto weights = torch::randn({n}, torch::kDouble);
      const auto expected = plain_lgm_loss(in, c.alpha, c.lambda);
      const auto gradients =
          torch::autograd::grad({expected}, {in.features, in.means, in.log_variances}, {weights});
      for (const int64_t budget : {int64_t{0}, int64_t{1}, int64_t{1} << 16}) {
        for (const auto* backend : {&lgm::cpu_backend(), &products_on_cpu(), &kernels_on_host()}) {
          BOOST_TEST_CONTEXT(c << " budget " << budget << " tile " << backend->tile << " direct "
                               << backend->most_direct) {
            const auto out = run_on(*backend, in, c, weights, budget);
            BOOST_TEST(relative_error(out.loss, expected) < 1e-12);
            for (size_t g = 0; g < 3; ++g) {
              BOOST_TEST(out.gradients[g].sizes() == gradients[g].sizes());
              if (gradients[g].numel() == 0) continue;
              BOOST_TEST((out.gradients[g] - gradients[g]).abs().max().item<double>() <
                         1e-11 * gradients[g].abs().max().item<double>() + 1e-13 * d);
            }
          }
        }
      }
    }
  }
}

// Where a product of matrices alone would lose digits: many classes, an offset common to all,
// features between two classes, variances so small that a distance is a difference of large
// numbers.
BOOST_AUTO_TEST_CASE(products_of_matrices_cost_no_digits) {
  torch::manual_seed(7);
  for (const auto covariance : {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
    for (const double offset : {0.0, 1e4}) {
      for (const double log_variance : {0.0, -6.0}) {
        for (const double spread : {0.05, 1.0}) {
          const LgmCase c{40, 700, 96, covariance, 0.5, 0.1, spread, false};
          auto in = make_inputs(c);
          {
            torch::NoGradGuard no_grad;
            in.log_variances += log_variance;
            const double deviation = std::exp(log_variance / 2);
            // From the own class on its way to the next one, and farther for every other sample.
            const auto next = (in.labels + 1).remainder(c.classes);
            const auto half_way = 0.5 * (in.means.index({in.labels}) + in.means.index({next}));
            in.features.copy_(half_way + 0.1 * deviation * torch::randn_like(in.features));
            in.features += offset;
            in.means += offset;
          }
          const auto in32 = in.to(torch::kFloat), in64 = in32.to(torch::kDouble);
          BOOST_TEST_CONTEXT(c << " offset " << offset << " log-variance " << log_variance) {
            const auto weights = torch::ones({c.samples});
            const auto loss64 = plain_lgm_loss(in64, c.alpha, c.lambda);
            const auto g64 =
                torch::autograd::grad({loss64}, {in64.features, in64.means, in64.log_variances},
                                      {weights.to(torch::kDouble)});
            const auto [loss32, predicted, g32] = run_on(products_on_cpu(), in32, c, weights);
            BOOST_TEST(relative_error(loss32, loss64) < 1e-5);
            for (size_t g = 0; g < g64.size(); ++g) {
              const double error = (g32[g].to(torch::kDouble) - g64[g]).abs().max().item<double>();
              BOOST_TEST(error < 1e-5 * (g64[g].abs().max().item<double>() + 1));
            }
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(extreme_distances_stay_finite) {
  torch::manual_seed(4);
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    for (const double distance : {1e-12, 1e12}) {
      for (const int64_t classes : {1, 5}) {
        const LgmCase c{8, classes, 16, Covariance::diagonal, 1.0, 0.1, std::sqrt(distance / 32)};
        const auto in = make_inputs(c).to(type);
        for (const auto* backend : {&lgm::cpu_backend(), &products_on_cpu()}) {
          BOOST_TEST_CONTEXT(c << " direct " << backend->most_direct) {
            const auto out = run_on(*backend, in, c, torch::ones({c.samples}, type));
            BOOST_TEST(out.loss.isfinite().all().item<bool>());
            for (const auto& gradient : out.gradients) {
              BOOST_TEST(gradient.isfinite().all().item<bool>());
            }
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_of_features_is_the_same_without_those_of_classes) {
  torch::manual_seed(6);
  const LgmCase c{9, 7, 33, Covariance::diagonal, 0.5, 0.1};
  const auto in = make_inputs(c);
  const auto weights = torch::ones({c.samples}, torch::kDouble);
  for (const auto* backend : {&lgm::cpu_backend(), &products_on_cpu()}) {
    BOOST_TEST(torch::equal(run_on(*backend, in, c, weights, 0, false).gradients[0],
                            run_on(*backend, in, c, weights).gradients[0]));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_none) {
  torch::manual_seed(9);
  const LgmCase c{40, 300, 33, Covariance::diagonal, 0.5, 0.1};
  auto in = make_inputs(c);
  {
    torch::NoGradGuard no_grad;
    in.features[7].fill_(std::numeric_limits<double>::quiet_NaN());
  }
  for (const auto* backend : {&lgm::cpu_backend(), &products_on_cpu()}) {
    BOOST_TEST_CONTEXT("direct " << backend->most_direct) {
      const auto out = run_on(*backend, in, c, torch::ones({c.samples}, torch::kDouble));
      BOOST_TEST(out.loss[7].isnan().item<bool>());
      BOOST_TEST(out.loss.isnan().sum().item<int64_t>() == 1);
      BOOST_TEST(out.gradients[0][7].isnan().all().item<bool>());
      BOOST_TEST(out.gradients[0].isnan().any(1).sum().item<int64_t>() == 1);
      BOOST_TEST(out.gradients[1][in.labels[7].item<int64_t>()].isnan().any().item<bool>());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_label_outside_is_refused_by_both_passes) {
  const LgmCase c{4, 3, 5, Covariance::shared, 1.0, 0.1};
  const auto in = make_inputs(c);
  torch::NoGradGuard no_grad;
  lgm::Arguments given{in.features, in.means, in.log_variances, in.log_priors, in.labels};
  const auto saved = lgm::forward(lgm::cpu_backend(), given).saved;
  given.labels = in.labels + 1000000000;
  BOOST_CHECK_THROW(lgm::forward(lgm::cpu_backend(), given), c10::Error);
  BOOST_CHECK_THROW(
      lgm::backward(lgm::cpu_backend(), torch::ones({4}, torch::kDouble), given, saved),
      c10::Error);
}

BOOST_AUTO_TEST_CASE(sums_do_not_depend_on_threads) {
  torch::manual_seed(5);
  for (const auto covariance : {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
    for (const auto* backend : {&lgm::cpu_backend(), &products_on_cpu()}) {
      for (const auto& [n, k, d] : {std::array<int64_t, 3>{64, 400, 512},
                                    {256, 128, 512},
                                    {2000, 10, 600},
                                    {1500, 200, 520},
                                    {50, 60, 70}}) {
        const LgmCase c{n, k, d, covariance, 1.0, 0.1};
        const auto in = make_inputs(c).to(torch::kFloat);
        const auto weights = torch::ones({c.samples});
        const int threads = at::get_num_threads();
        at::set_num_threads(1);
        const auto one = run_on(*backend, in, c, weights).gradients;
        at::set_num_threads(3);
        const auto three = run_on(*backend, in, c, weights).gradients;
        at::set_num_threads(threads);
        BOOST_TEST_CONTEXT(c << " direct " << backend->most_direct) {
          for (size_t g = 0; g < one.size(); ++g) BOOST_TEST(torch::equal(one[g], three[g]));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(memory_stays_within_the_budget) {
  for (const auto form : {Covariance::shared, Covariance::isotropic, Covariance::diagonal}) {
    const LgmCase c{64, 4000, 48, form, 1.0, 0.1};
    const auto in = make_inputs(c).to(torch::kFloat);
    const auto weights = torch::ones({c.samples});
    const int64_t budget = 256 << 10;
    // Results and their gradients are not the loss's own.
    const int64_t results =
        4 * (in.features.numel() + in.means.numel() + in.log_variances.numel() + 10 * c.samples);
    BOOST_TEST_CONTEXT(c) {
      BOOST_TEST(peak_memory_of([&] { run_operator(in, c, weights, budget); }) < results + budget);
      // By default the posteriors alone are four times that.
      BOOST_TEST(peak_memory_of([&] { run_operator(in, c, weights, 0); }) > results + budget);
    }
  }
}

BOOST_AUTO_TEST_CASE(variances_of_few_samples_stay_within_the_budget) {
  const LgmCase c{1, 1000, 4000, Covariance::diagonal, 1.0, 0.1};
  const auto in = make_inputs(c).to(torch::kFloat);
  const auto weights = torch::ones({c.samples});
  const int64_t budget = 2 << 20;  // 1/Lambda of all classes is eight times that
  const int64_t results =
      4 * (in.features.numel() + in.means.numel() + in.log_variances.numel() + 10 * c.samples);
  BOOST_TEST(peak_memory_of([&] { run_operator(in, c, weights, budget); }) < results + budget);
}

BOOST_AUTO_TEST_CASE(a_million_classes_fit_beside_their_parameters) {
  const int64_t budget = 256 << 20;
  const lgm::MemoryPlan plan(256, 1000000, 512, false, 4, 256, budget);
  BOOST_TEST(!plan.keep_posteriors);
  BOOST_TEST(plan.chunk >= 64);
  BOOST_TEST(4 * 2 * 256 * plan.chunk + 4 * plan.parts * 256 * (512 + 4 * plan.tile) <= budget);
}

BOOST_AUTO_TEST_CASE(reduced_features_are_worked_out_in_float32) {
  torch::manual_seed(12);
  const LgmCase c{33, 10, 31, Covariance::diagonal, 1.0, 0.1};
  const auto in = make_inputs(c).to(torch::kFloat);
  for (const auto type : {torch::kHalf, torch::kBFloat16}) {
    LgmInputs reduced = in, widened = in;
    reduced.features = in.features.detach().to(type).requires_grad_(true);
    widened.features = reduced.features.detach().to(torch::kFloat).requires_grad_(true);
    const auto weights = torch::ones({c.samples});
    const auto actual = run_operator(reduced, c, weights, 0);
    const auto expected = run_operator(widened, c, weights, 0);
    BOOST_TEST(actual.loss.scalar_type() == torch::kFloat);
    BOOST_TEST(torch::equal(actual.loss, expected.loss));
    BOOST_TEST(actual.gradients[0].scalar_type() == type);
    BOOST_TEST(torch::equal(actual.gradients[0], expected.gradients[0].to(type)));
    BOOST_TEST(torch::equal(actual.gradients[1], expected.gradients[1]));
  }
}

BOOST_AUTO_TEST_CASE(autocast_reads_reduced_features_and_keeps_the_loss_in_float32) {
  torch::manual_seed(13);
  const LgmCase c{8, 5, 12, Covariance::shared, 1.0, 0.1};
  const auto in = make_inputs(c).to(torch::kFloat);
  const auto weight = torch::randn({12, 12}).requires_grad_(true);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_dtype(at::kCPU, torch::kBFloat16);
  const auto features = torch::mm(in.features, weight);
  const auto loss =
      lgm_loss({features, in.means, in.log_variances, in.log_priors, in.labels, c.alpha, c.lambda})
          .loss;
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  BOOST_TEST(features.scalar_type() == torch::kBFloat16);
  BOOST_TEST(loss.scalar_type() == torch::kFloat);
  loss.sum().backward();
  BOOST_TEST(weight.grad().scalar_type() == torch::kFloat);
  BOOST_TEST(weight.grad().abs().sum().item<double>() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
