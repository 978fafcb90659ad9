// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/attacks/attack.hpp"

#include <boost/test/unit_test.hpp>

#include "gmtrain/attacks/ball.hpp"
#include "message_of.hpp"
#include "trainer/victim.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

const std::vector<std::string> kKinds{"fgsm", "targeted_fgsm", "pgd", "adaptive_pgd",
                                      "p_value_pgd"};

PgdOptions short_walk(Norm norm = Norm::inf) {
  PgdOptions options;
  options.steps = 5;
  options.restarts = 2;
  options.norm = norm;
  return options;
}

/// [N], in units of the pixel range.
torch::Tensor change(const torch::Tensor& images, const torch::Tensor& clean, Norm norm) {
  const auto difference = (images.to(torch::kDouble) - clean.to(torch::kDouble)).flatten(1) / 255;
  return norm == Norm::inf ? difference.abs().amax(1) : difference.norm(2, 1);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attacks, Victim)

BOOST_AUTO_TEST_CASE(fgsm_follows_the_gradient_of_the_classification_loss) {
  auto images = batch.images.to(torch::kFloat).requires_grad_(true);
  model->loss().classification_loss(model->features(images), batch.labels).sum().backward();
  const auto expected = (images.detach() + 0.1 * 255 * images.grad().sign()).clamp(0, 255);
  const auto actual = attacked("fgsm_0.1");
  // Gradients of rounding size may differ in sign between float32 and the float64 head.
  const double share = actual.isclose(expected).to(torch::kDouble).mean().item<double>();
  BOOST_TEST(share > 0.999);
}

BOOST_AUTO_TEST_CASE(untargeted_attacks_raise_the_loss_and_targeted_fgsm_lowers_the_targets) {
  const auto clean = features(batch.images);
  const auto loss = [&](const torch::Tensor& f, const torch::Tensor& labels) {
    torch::NoGradGuard no_grad;
    return model->loss().total_loss(f, labels).mean().item<double>();
  };
  const double by_fgsm = loss(features(attacked("fgsm_0.02")), batch.labels);
  BOOST_TEST(by_fgsm > loss(clean, batch.labels));
  BOOST_TEST(loss(features(attacked("pgd_0.02")), batch.labels) > by_fgsm);
  const auto second = std::get<1>(model->loss().score(clean).log_posterior.topk(2, 1)).select(1, 1);
  BOOST_TEST(loss(features(attacked("targeted_fgsm_0.02")), second.contiguous()) <
             loss(clean, second.contiguous()));
}

// The bound holds to the last bit, for the images as they are and as they are written.
BOOST_AUTO_TEST_CASE(images_stay_within_bound_and_range) {
  for (const double epsilon : {0.1, 0.123, 0.3}) {
    for (const std::string& kind : kKinds) {
      const auto adversarial = attacked(kind + "_" + std::to_string(epsilon), short_walk());
      const auto pixels = to_pixels(adversarial, batch.images);
      BOOST_TEST((pixels.scalar_type() == torch::kByte));
      for (const auto& images : {adversarial, pixels.to(torch::kFloat)}) {
        const double largest = change(images, batch.images, Norm::inf).max().item<double>();
        BOOST_TEST(largest <= epsilon, kind << " " << epsilon);
        BOOST_TEST(largest > epsilon - 1.0 / 255);
        BOOST_TEST(images.min().item<double>() >= 0);
        BOOST_TEST(images.max().item<double>() <= 255);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(euclidean_bounds_hold_too) {
  const double epsilon = 1.5;
  for (const std::string kind : {"pgd", "adaptive_pgd", "p_value_pgd"}) {
    const auto adversarial = attacked(kind + "_1.5", short_walk(Norm::two));
    const auto pixels = to_pixels(adversarial, batch.images);
    for (const auto& images : {adversarial, pixels.to(torch::kFloat)}) {
      const double longest = change(images, batch.images, Norm::two).max().item<double>();
      BOOST_TEST(longest <= epsilon, kind);
      BOOST_TEST(longest > 0.9 * epsilon, kind);
      BOOST_TEST(images.min().item<double>() >= 0);
      BOOST_TEST(images.max().item<double>() <= 255);
    }
  }
}

BOOST_AUTO_TEST_CASE(random_points_fill_the_ball) {
  const Ball cube(torch::full({200, 1, 2, 2}, 128), Norm::inf, 0.1);
  const Ball sphere(torch::full({200, 1, 2, 2}, 128), Norm::two, 0.1);
  const auto numbers = all_indices(200);
  const auto in_cube = change(cube.random_point(1, numbers, 0), cube.center(), Norm::inf);
  const auto in_sphere = change(sphere.random_point(1, numbers, 0), sphere.center(), Norm::two);
  // The largest of four uniform numbers and the radius in four dimensions have mean 4/5 and median
  // 2^(-1/4) of the bound.
  for (const auto& sizes : {in_cube, in_sphere}) {
    BOOST_TEST(sizes.max().item<double>() <= 0.1);
    BOOST_TEST(std::abs(sizes.mean().item<double>() - 0.08) < 0.004);
    BOOST_TEST(std::abs(sizes.median().item<double>() - 0.0841) < 0.005);
  }
}

BOOST_AUTO_TEST_CASE(random_starts_follow_from_seed_image_and_attempt) {
  const Ball ball(torch::full({3, 1, 4, 4}, 128), Norm::inf, 0.1);
  const auto points = ball.random_point(1, {5, 6, 7}, 0);
  BOOST_TEST(torch::equal(points, ball.random_point(1, {5, 6, 7}, 0)));
  BOOST_TEST(torch::equal(points[2], ball.random_point(1, {7, 5, 6}, 0)[0]));
  for (const auto& others : {ball.random_point(2, {5, 6, 7}, 0), ball.random_point(1, {5, 6, 7}, 1),
                             ball.random_point(1, {8, 9, 10}, 0)}) {
    BOOST_TEST(!points.isclose(others).any().item<bool>());
  }
}

BOOST_AUTO_TEST_CASE(attacks_are_the_same_in_batches_of_any_size) {
  for (const std::string& kind : kKinds) {
    const auto attack = make_attack(kind + "_0.1", short_walk()).attack;
    const auto together = attack->run(*model, batch, &calibration);
    BOOST_TEST(torch::equal(attack->run(*model, batch, &calibration), together));
    const auto all = all_indices(20);
    const torch::ArrayRef<int64_t> indices(all);
    const auto first = attack->run(*model, dataset->load(indices.slice(0, 7)), &calibration);
    const auto rest = attack->run(*model, dataset->load(indices.slice(7)), &calibration);
    BOOST_TEST(torch::equal(torch::cat({first, rest}), together), kind);
  }
}

BOOST_AUTO_TEST_CASE(more_attempts_are_no_worse) {
  const auto mean_loss = [&](const PgdOptions& options) {
    torch::NoGradGuard no_grad;
    return model->loss()
        .classification_loss(features(attacked("pgd_0.1", options)).to(torch::kDouble),
                             batch.labels)
        .mean()
        .item<double>();
  };
  auto options = short_walk();
  options.restarts = 1;
  const double once = mean_loss(options);
  options.restarts = 4;
  BOOST_TEST(mean_loss(options) > once);
}

BOOST_AUTO_TEST_CASE(an_attack_on_p_values_needs_those_of_energy_and_doubt) {
  const auto attack = make_attack("p_value_pgd_0.1", short_walk()).attack;
  const auto by_distance = calibrated_by(Calibration::By::distance);
  for (const Calibration* given : {static_cast<const Calibration*>(nullptr), &by_distance}) {
    BOOST_TEST(
        contains(message_of<std::invalid_argument>([&] { attack->run(*model, batch, given); }),
                 "p_value_pgd needs a calibration by energy_and_doubt"));
  }
  for (const std::string& kind : kKinds) {
    BOOST_TEST(make_attack(kind + "_0.1", {}).attack->needs_calibration() ==
               (kind == "p_value_pgd"));
  }
}

// A classifier so sure of itself that its float32 loss has a gradient of exactly 0 is attacked all
// the same: what matters is the sign.
BOOST_AUTO_TEST_CASE(certainty_does_not_hide_the_gradient) {
  {
    torch::NoGradGuard no_grad;
    auto means = model->loss().named_parameters()["means"];
    const auto own = features(batch.images).mean(0);
    means.copy_(own.unsqueeze(0) + 30 * torch::eye(10, 16));
    means[0].copy_(own);
    batch.labels.zero_();
  }
  const auto changed = attacked("fgsm_0.1").ne(batch.images.to(torch::kFloat));
  BOOST_TEST(changed.flatten(1).any(1).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(names_are_kind_and_bound) {
  for (const std::string name : {"fgsm", "fgsm_", "fgsm_x", "fgsm_0", "fgsm_-1", "fgsm_inf",
                                 "fgsm_0.1x", "cw_0.1", "_0.1"}) {
    const auto message = message_of<std::invalid_argument>([&] { make_attack(name, {}); });
    BOOST_TEST(contains(message, "adaptive_pgd, fgsm, p_value_pgd, pgd, targeted_fgsm"), name);
    BOOST_TEST(contains(message, "\"" + name + "\""));
  }
  BOOST_TEST(make_attack("targeted_fgsm_0.3", {}).name == "targeted_fgsm_0.3");
  BOOST_TEST(!make_attack("fgsm_0.3", {}).attack->is_iterative());
  BOOST_TEST(make_attack("pgd_0.3", {}).attack->is_iterative());
}

BOOST_AUTO_TEST_SUITE_END()
