// A model to attack.
#pragma once

#include "gmtrain/attacks/attack.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

namespace gmtrain::test {

/// An untrained model in evaluation mode and a batch of the squares.
struct Victim {
  Victim() {
    make_data(folder.path());
    auto recipe = small_recipe(folder.path());
    const auto data = DataOptions::read(recipe.section("data"));
    dataset = open_dataset(data, data.path, Split::test);
    torch::manual_seed(3);
    model = std::make_unique<Model>(recipe, data, dataset->image_shape());
    model->eval();
    batch = dataset->load(all_indices(20));
  }

  torch::Tensor features(const torch::Tensor& pixels) {
    torch::NoGradGuard no_grad;
    return model->features(pixels);
  }

  /// The attack of that name on the batch.
  torch::Tensor attacked(const std::string& name, const PgdOptions& options = {}) {
    return make_attack(name, options).attack->run(*model, batch);
  }

  TemporaryFolder folder;
  std::shared_ptr<Dataset> dataset;
  std::unique_ptr<Model> model;
  Batch batch;
};

}  // namespace gmtrain::test
