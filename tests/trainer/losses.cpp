// SPDX-License-Identifier: Apache-2.0
// The losses that L-GM is compared with: values by hand and by definition, gradients by autograd's
// own finite differences, and what each says to detection.
#include <torch/autograd.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "gmtrain/losses/loss.hpp"
#include "gmtrain/ops/lgm_loss.hpp"
#include "trainer/from_table.hpp"

using namespace gmtrain;
using torch::Tensor;

namespace {

std::shared_ptr<Loss> make(const std::string& table, const LossShape& shape) {
  return test::from_table("loss", table,
                          [&](Section section) { return make_loss(section, shape); });
}

Tensor& parameter(Loss& loss, const std::string& name) {
  return loss.named_parameters()[name];
}

void set(Loss& loss, const std::string& name, const Tensor& values) {
  torch::NoGradGuard no_grad;
  parameter(loss, name).copy_(values);
}

struct FeatureBatch {
  FeatureBatch() {
    torch::manual_seed(7);
    features = torch::randn({12, 3}).requires_grad_(true);
    labels = torch::randint(4, {12});
  }
  Tensor features, labels;
};

const LossShape kShape{4, 3};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(losses, FeatureBatch)

BOOST_AUTO_TEST_CASE(softmax_is_the_cross_entropy_of_affinities) {
  const auto loss = make("name = \"softmax\"", kShape);
  set(*loss, "bias", torch::randn({4}));
  const auto logits = torch::linear(features, parameter(*loss, "weight"), parameter(*loss, "bias"));
  const auto expected = -logits.log_softmax(1).gather(1, labels.unsqueeze(1)).mean();
  BOOST_TEST(loss->forward(features, labels).loss.allclose(expected));
  const auto scores = loss->score(features);
  // The winning affinity is the likelihood of Sect. 4.3.
  BOOST_TEST(
      scores.log_likelihood.allclose(std::get<0>(logits.to(torch::kDouble).max(1)), 1e-5, 1e-6));
  BOOST_TEST(scores.log_posterior.exp().sum(1).allclose(torch::ones({12}, torch::kDouble)));
  BOOST_TEST(!loss->has_distances());
  BOOST_TEST(!loss->mixture().has_value());
}

BOOST_AUTO_TEST_CASE(centers_follow_their_features_by_the_rule_of_wen_et_al) {
  const auto loss = make("name = \"center\"\ncenter_rate = 0.5", {2, 1});
  loss->train();
  // Class 0 has features 3 and 5, class 1 none: c_0 = 0 - 0.5 (0 - 3 + 0 - 5) / (1 + 2).
  loss->forward(torch::tensor({{3.F}, {5.F}}), torch::tensor({0, 0}));
  const Tensor centers = loss->named_buffers()["centers"];
  BOOST_TEST(centers[0].item<float>() == 4.F / 3, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(centers[1].item<float>() == 0.F);
  loss->eval();
  loss->forward(torch::tensor({{3.F}}), torch::tensor({0}));
  BOOST_TEST(centers[0].item<float>() == 4.F / 3, boost::test_tools::tolerance(1e-6F));
}

// Lemma 1: for identity covariance and equal priors the likelihood regularisation is the center
// loss but for a constant. lgm's own term, lambda (d_z + 1/2 log|Lambda|), leaves that constant
// out.
BOOST_AUTO_TEST_CASE(the_center_loss_is_the_likelihood_term_of_lemma_1) {
  const auto center = make("name = \"center\"\ncenter_weight = 1.0", kShape);
  const Tensor centers = torch::randn({4, 3});
  {
    torch::NoGradGuard no_grad;
    center->named_buffers()["centers"].copy_(centers);
  }
  const auto lgm = [&](double lambda) {
    return lgm_loss({features, centers, torch::zeros({1, 1}), torch::full({4}, std::log(0.25F)),
                     labels, 0, lambda})
        .loss;
  };
  const auto likelihood_term = lgm(1) - lgm(0);
  const auto center_term =
      center->total_loss(features, labels) - center->classification_loss(features, labels);
  BOOST_TEST(center_term.allclose(likelihood_term, 1e-4, 1e-5));
  const auto scores = center->score(features);
  const auto own = centers.index_select(0, scores.predicted);
  BOOST_TEST(scores.distance.allclose((features - own).square().sum(1).to(torch::kDouble), 1e-5));
  BOOST_TEST(
      scores.log_likelihood.allclose(-0.5 * scores.distance - 1.5 * std::log(2 * M_PI), 1e-9));
}

// psi of Liu et al., Eq. 6: (-1)^k cos(m theta) - 2k, which falls from 1 to -(2m - 1).
BOOST_AUTO_TEST_CASE(l_softmax_has_its_angular_margin) {
  for (const int margin : {2, 3, 4}) {
    const auto loss =
        make("name = \"l_softmax\"\nannealing_start = 1e-9\nannealing_end = 1e-9\nmargin = " +
                 std::to_string(margin),
             {2, 2});
    set(*loss, "weight", torch::tensor({{2.F, 0.F}, {0.F, 0.F}}));
    double before = 2;
    for (const double degrees : {1., 40., 50., 70., 100., 130., 179.}) {
      const double theta = degrees * M_PI / 180;
      const int k = int(theta * margin / M_PI);
      const double psi = std::pow(-1, k) * std::cos(margin * theta) - 2 * k;
      BOOST_TEST(psi < before);
      before = psi;
      // |x| = 3, |w| = 2, and the other class's affinity is 0.
      const auto x = torch::tensor({{float(3 * std::cos(theta)), float(3 * std::sin(theta))}});
      const double expected = std::log1p(std::exp(-6 * psi));
      const double actual = loss->forward(x, torch::tensor({0})).loss.item<double>();
      BOOST_TEST(std::abs(actual - expected) < 1e-6 * std::max(1., expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(l_softmax_is_annealed_from_softmax) {
  const auto loss = make("name = \"l_softmax\"\nannealing_start = 1e6", kShape);
  const auto plain = loss->classification_loss(features, labels).mean();
  loss->set_progress(0);
  BOOST_TEST(loss->forward(features, labels).loss.allclose(plain, 1e-4));
  loss->set_progress(1);
  BOOST_TEST(loss->forward(features, labels).loss.item<double>() > plain.item<double>());
  BOOST_TEST(loss->scalars()[0].second == 0.1, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_the_values) {
  constexpr float kStep = 1e-2F;
  for (const std::string table :
       {"name = \"softmax\"", "name = \"center\"\ncenter_weight = 0.5",
        "name = \"l_softmax\"\nmargin = 3\nannealing_start = 1.0\nannealing_end = 1.0"}) {
    const auto loss = make(table, kShape);
    loss->eval();
    const auto value = [&](const Tensor& x) { return loss->forward(x, labels).loss; };
    const Tensor gradient = torch::autograd::grad({value(features)}, {features})[0];
    torch::NoGradGuard no_grad;
    for (int64_t i = 0; i < features.numel(); ++i) {
      Tensor above = features.detach().clone(), below = above.clone();
      above.view(-1)[i] += kStep;
      below.view(-1)[i] -= kStep;
      const double expected = (value(above) - value(below)).item<double>() / (2 * kStep);
      BOOST_TEST(std::abs(gradient.view(-1)[i].item<double>() - expected) < 2e-3, table);
    }
  }
}

// Of the predicted classes the differentiable likelihood is that of score(); of all it has the
// gradient that finite differences have.
BOOST_AUTO_TEST_CASE(likelihoods_of_given_classes_are_those_of_the_scores) {
  for (const std::string table : {"name = \"softmax\"", "name = \"l_softmax\"", "name = \"center\"",
                                  "name = \"lgm\"\ncovariance = \"isotropic\"",
                                  "name = \"lgm\"\ncovariance = \"diagonal\""}) {
    const auto loss = make(table, kShape);
    {
      torch::NoGradGuard no_grad;
      for (auto& values : loss->parameters()) values.copy_(torch::randn(values.sizes()));
      for (auto& values : loss->named_buffers()) {
        if (values.key() == "centers") values.value().copy_(torch::randn({4, 3}));
      }
    }
    const Tensor wide = features.detach().to(torch::kDouble).requires_grad_(true);
    const auto scores = loss->score(wide);
    BOOST_TEST(loss->log_likelihood(wide, scores.predicted).allclose(scores.log_likelihood, 1e-12),
               table);
    const auto gradient =
        torch::autograd::grad({loss->log_likelihood(wide, labels).sum()}, {wide})[0];
    torch::NoGradGuard no_grad;
    for (int64_t d = 0; d < 3; ++d) {
      const Tensor step = 1e-5 * torch::eye(3, torch::kDouble)[d];
      const Tensor slope =
          (loss->log_likelihood(wide + step, labels) - loss->log_likelihood(wide - step, labels)) /
          2e-5;
      BOOST_TEST(gradient.select(1, d).allclose(slope, 1e-6, 1e-8), table);
    }
  }
}

// By their definition in operator.md, term by term.
BOOST_AUTO_TEST_CASE(energy_and_doubt_are_as_defined) {
  for (const std::string covariance : {"identity", "isotropic", "diagonal"}) {
    const auto loss =
        make("name = \"lgm\"\npriors = [0.1, 0.2, 0.3, 0.4]\ncovariance = \"" + covariance + "\"",
             kShape);
    {
      torch::NoGradGuard no_grad;
      for (auto& values : loss->parameters()) values.copy_(torch::randn(values.sizes()));
    }
    const auto mixture = *loss->mixture();
    const Tensor x = features.detach().to(torch::kDouble).requires_grad_(true);
    const auto joint_at = [&](const Tensor& points) {
      std::vector<Tensor> columns;
      for (int64_t k = 0; k < 4; ++k) {
        const auto row = mixture.log_variances.size(0) == 1 ? 0 : k;
        const Tensor variances = mixture.log_variances[row].to(torch::kDouble).expand({3});
        const Tensor terms =
            (points - mixture.means[k]).square() / variances.exp() + variances + std::log(2 * M_PI);
        columns.push_back(-0.5 * terms.sum(1) + std::log(0.1 * static_cast<double>(k + 1)));
      }
      return torch::stack(columns, 1);
    };
    const Tensor joint = joint_at(x),
                 base = joint_at(mixture.means.to(torch::kDouble)).diag().max();
    const auto scores = loss->score(x);
    const Tensor energy = -2 * (joint.logsumexp(1) - base);
    BOOST_TEST(scores.energy.allclose(energy, 1e-6, 1e-6), covariance);
    const Tensor sorted = std::get<0>(joint.sort(1));
    BOOST_TEST(scores.doubt.allclose(sorted.slice(1, 0, 3).logsumexp(1) - sorted.select(1, 3), 1e-6,
                                     1e-6));
    BOOST_TEST(loss->energy(x).allclose(scores.energy, 1e-9, 1e-9));
    const auto slope = [&](const Tensor& of) { return torch::autograd::grad({of.sum()}, {x})[0]; };
    BOOST_TEST(slope(loss->energy(x)).allclose(slope(energy), 1e-5, 1e-6));
  }
  const auto center = make("name = \"center\"", kShape);
  const Tensor centers = torch::randn({4, 3});
  {
    torch::NoGradGuard no_grad;
    center->named_buffers()["centers"].copy_(centers);
  }
  const auto scores = center->score(features);
  const Tensor distances = torch::cdist(features.detach(), centers).square().to(torch::kDouble);
  // The base has the constants and the priors that all centers share.
  BOOST_TEST(scores.energy.allclose(-2 * (-0.5 * distances).logsumexp(1), 1e-4, 1e-4));
  BOOST_TEST(center->energy(features.detach()).allclose(scores.energy, 1e-9, 1e-9));
  const Tensor posterior = std::get<0>(scores.log_posterior.exp().max(1));
  BOOST_TEST(scores.doubt.allclose(((1 - posterior) / posterior).log(), 1e-6, 1e-6));
}

// The table "Special values" of operator.md.
BOOST_AUTO_TEST_CASE(features_out_of_range_are_as_strange_as_can_be) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  const auto loss = make("name = \"lgm\"\npriors = [0.1, 0.2, 0.3, 0.4]", kShape);
  const float inf = INFINITY;
  const Tensor nonsense =
      torch::tensor({{NAN, 0.F, 0.F}, {0.F, inf, 0.F}, {0.F, 0.F, -inf}, {1e25F, 0.F, 0.F}});
  const auto scores = loss->score(nonsense);
  BOOST_TEST(scores.log_posterior.exp().allclose(torch::full({4, 4}, 0.25, torch::kDouble)));
  BOOST_TEST(scores.predicted.eq(0).all().item<bool>());
  BOOST_TEST(scores.distance.eq(kLargest).all().item<bool>());
  BOOST_TEST(scores.log_density.to(torch::kFloat).eq(-kLargest / 2).all().item<bool>());
  BOOST_TEST(scores.log_likelihood.to(torch::kFloat).eq(-kLargest / 2).all().item<bool>());
  BOOST_TEST(scores.doubt.allclose(torch::full({4}, std::log(3), torch::kDouble)));

  // One class out of range.
  set(*loss, "means",
      torch::tensor({{0.F, 0.F, 0.F}, {1e25F, 0.F, 0.F}, {1.F, 0.F, 0.F}, {2.F, 0.F, 0.F}}));
  const auto near = loss->score(torch::zeros({1, 3}));
  BOOST_TEST(near.log_posterior[0][1].exp().item<double>() == 0);
  BOOST_TEST(near.log_posterior.exp().sum().item<double>() == 1,
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(near.distance.item<double>() < 5);
  const auto one_class = make("name = \"lgm\"", {1, 3})->score(torch::zeros({1, 3}));
  BOOST_TEST(one_class.doubt.item<double>() == -kLargest);
}

BOOST_AUTO_TEST_SUITE_END()
