#include "gmtrain/attacks/fgsm.hpp"

#include <boost/test/unit_test.hpp>

#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

/// An untrained model in evaluation mode and a batch of the squares.
struct Victim {
  Victim() {
    make_data(folder.path());
    auto recipe = small_recipe(folder.path());
    const auto data = DataOptions::read(recipe.section("data"));
    const auto dataset = open_dataset(data, data.path, Split::test);
    torch::manual_seed(3);
    model = std::make_unique<Model>(recipe, data, dataset->image_shape());
    model->eval();
    batch = dataset->load(all_indices(20));
  }

  torch::Tensor features(const torch::Tensor& pixels) {
    torch::NoGradGuard no_grad;
    return model->features(pixels);
  }

  TemporaryFolder folder;
  std::unique_ptr<Model> model;
  Batch batch;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attacks, Victim)

BOOST_AUTO_TEST_CASE(fgsm_follows_the_gradient_of_the_classification_loss) {
  auto images = batch.images.to(torch::kFloat).requires_grad_(true);
  model->loss().classification_loss(model->features(images), batch.labels).sum().backward();
  const auto expected = (images.detach() + 0.1 * 255 * images.grad().sign()).clamp(0, 255);
  const auto actual = fgsm(*model, batch, 0.1);
  // Gradients of rounding size may differ in sign between float32 and the float64 head.
  const double share = actual.isclose(expected).to(torch::kDouble).mean().item<double>();
  BOOST_TEST(share > 0.999);
}

BOOST_AUTO_TEST_CASE(fgsm_raises_the_loss_and_targeted_fgsm_lowers_the_targets) {
  const auto clean = features(batch.images);
  const auto loss = [&](const torch::Tensor& f, const torch::Tensor& labels) {
    torch::NoGradGuard no_grad;
    return model->loss().total_loss(f, labels).mean().item<double>();
  };
  BOOST_TEST(loss(features(fgsm(*model, batch, 0.02)), batch.labels) > loss(clean, batch.labels));
  const auto second = std::get<1>(model->loss().score(clean).log_posterior.topk(2, 1)).select(1, 1);
  BOOST_TEST(loss(features(targeted_fgsm(*model, batch, 0.02)), second.contiguous()) <
             loss(clean, second.contiguous()));
}

BOOST_AUTO_TEST_CASE(images_stay_within_bound_and_range) {
  for (const auto& attack : paper_attacks()) {
    const auto adversarial = attack.run(*model, batch);
    const auto pixels = to_pixels(adversarial, batch.images);
    const double epsilon = std::stod(attack.name.substr(attack.name.rfind('_') + 1));
    for (const auto& images : {adversarial, pixels.to(torch::kFloat)}) {
      const auto change = (images - batch.images.to(torch::kFloat)).abs().max().item<double>();
      BOOST_TEST(change <= epsilon * 255 + 1e-4);
      BOOST_TEST(change > epsilon * 255 - 1);
      BOOST_TEST(images.min().item<double>() >= 0);
      BOOST_TEST(images.max().item<double>() <= 255);
    }
  }
}

BOOST_AUTO_TEST_CASE(attacks_are_reproducible) {
  for (const auto& attack : paper_attacks()) {
    BOOST_TEST(torch::equal(attack.run(*model, batch), attack.run(*model, batch)));
  }
}

// A classifier so sure of itself that its float32 loss has a gradient of exactly 0 is attacked all
// the same: what matters is the sign.
BOOST_AUTO_TEST_CASE(certainty_does_not_hide_the_gradient) {
  torch::NoGradGuard no_grad;
  auto means = model->loss().named_parameters()["means"];
  const auto own = features(batch.images).mean(0);
  means.copy_(own.unsqueeze(0) + 30 * torch::eye(10, 16));
  means[0].copy_(own);
  batch.labels.zero_();
  torch::AutoGradMode with_grad(true);
  const auto changed = fgsm(*model, batch, 0.1).ne(batch.images.to(torch::kFloat));
  BOOST_TEST(changed.flatten(1).any(1).all().item<bool>());
}

BOOST_AUTO_TEST_SUITE_END()
