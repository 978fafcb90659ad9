// SPDX-License-Identifier: Apache-2.0
// Attacks on linear networks, where the best adversarial image is known.
#include <boost/test/unit_test.hpp>

#include "gmtrain/attacks/attack.hpp"
#include "trainer/from_table.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

/// Features W x of the flattened image.
class LinearNetwork final : public Network {
 public:
  explicit LinearNetwork(const torch::Tensor& weight)
      : weight_(register_buffer("weight", weight)) {}
  torch::Tensor forward(torch::Tensor images) override { return images.flatten(1).mm(weight_.t()); }
  int64_t dimension() const override { return weight_.size(0); }

 private:
  torch::Tensor weight_;
};

Model linear_model(const torch::Tensor& weight, double deviation, const std::string& loss,
                   const std::string& parameter, const torch::Tensor& values) {
  auto made = from_table("loss", "name = \"" + loss + "\"", [&](Section section) {
    return make_loss(section, {values.size(0), values.size(1)});
  });
  {
    torch::NoGradGuard no_grad;
    made->named_parameters()[parameter].copy_(values);
  }
  Model model(
      std::make_shared<PixelScaling>(std::vector<double>{0}, std::vector<double>{deviation}),
      std::make_shared<LinearNetwork>(weight), made);
  model.eval();
  return model;
}

/// Two classes whose affinities are two linear functions of 3x3 images; the loss of class 0 grows
/// along the difference w of the two.
struct TwoClasses {
  TwoClasses() {
    torch::manual_seed(1);
    weight = torch::randn({2, 9});
    direction = (weight[1] - weight[0]).view({1, 1, 3, 3});
    // Far enough from 0 and 255 that the pixel range does not matter.
    batch = {torch::full({4, 1, 3, 3}, 128, torch::kByte),
             torch::zeros({4}, torch::kLong),
             {0, 1, 2, 3}};
  }

  torch::Tensor change(const std::string& attack, const PgdOptions& options = {}) {
    Model model = linear_model(weight, 255, "softmax", "weight", torch::eye(2));
    return make_attack(attack, options).attack->run(model, batch, nullptr) - 128;
  }

  torch::Tensor weight, direction;
  Batch batch;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(attacks_closed_form)

BOOST_FIXTURE_TEST_CASE(in_the_maximum_norm_each_pixel_goes_all_the_way, TwoClasses) {
  const auto expected = (0.1 * 255 * direction.sign()).expand({4, 1, 3, 3});
  BOOST_TEST(torch::equal(change("fgsm_0.1"), expected));
  BOOST_TEST(torch::equal(change("pgd_0.1"), expected));
  // The other class is the only one to aim at.
  BOOST_TEST(torch::equal(change("targeted_fgsm_0.1"), expected));
}

BOOST_FIXTURE_TEST_CASE(in_the_euclidean_norm_the_change_is_along_the_gradient, TwoClasses) {
  const auto expected =
      (0.3 * 255 * direction / direction.norm()).expand({4, 1, 3, 3}).to(torch::kFloat);
  PgdOptions options;
  options.norm = Norm::two;
  options.random_start = false;
  BOOST_TEST(torch::allclose(change("pgd_0.3", options), expected, 0, 1e-3));
  // Features in float32 tell losses apart to 1e-7 or so, hence directions to a thousandth.
  options.random_start = true;
  options.step_size = 0.15;
  BOOST_TEST(torch::allclose(change("pgd_0.3", options), expected, 0, 1e-3 * 0.3 * 255));
}

BOOST_FIXTURE_TEST_CASE(the_pixel_range_cuts_the_change, TwoClasses) {
  batch.images.fill_(250);
  const auto adversarial = change("pgd_0.1") + 128;
  const auto expected = (250 + 25.5 * direction.sign()).clamp(0, 255).expand({4, 1, 3, 3});
  BOOST_TEST(torch::equal(adversarial, expected));
}

// Features are two pixels in units of 25.5; class 0 lies where the image is, at (4, 4), class 1 at
// (6, 4), and a third far away. The loss of class 0 grows beyond class 1's mean, to the bound at
// (7, 4), at distance 1 from it: there PGD goes. The adaptive attack stops at the mean.
BOOST_AUTO_TEST_CASE(the_adaptive_attack_ends_at_the_mean_of_a_wrong_class) {
  Model model = linear_model(torch::eye(2), 25.5, "lgm", "means",
                             torch::tensor({4.0, 4.0, 6.0, 4.0, 40.0, 40.0}).view({3, 2}));
  const Batch batch{
      torch::full({2, 1, 1, 2}, 102, torch::kByte), torch::zeros({2}, torch::kLong), {0, 1}};
  PgdOptions options;
  options.random_start = false;
  const auto scores = [&](const std::string& attack) {
    torch::NoGradGuard no_grad;
    return model.loss().score(
        model.features(make_attack(attack, options).attack->run(model, batch, nullptr)));
  };
  const auto plain = scores("pgd_0.3"), adaptive = scores("adaptive_pgd_0.3");
  for (const auto& reached : {plain, adaptive}) {
    BOOST_TEST(reached.predicted.eq(1).all().item<bool>());
  }
  BOOST_TEST(plain.distance.sub(1).abs().max().item<double>() < 1e-5);
  BOOST_TEST(adaptive.distance.max().item<double>() < 0.01);
}

BOOST_AUTO_TEST_SUITE_END()
