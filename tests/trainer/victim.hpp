// SPDX-License-Identifier: Apache-2.0
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
    calibration = calibrated_by(Calibration::By::energy_and_doubt);
  }

  /// On all images of the data set.
  Calibration calibrated_by(Calibration::By by) {
    const auto samples = samples_of(dataset->load(all_indices(100)).images);
    return Calibration::build({Calibration::Kind::shared, by, 1}, 10, samples, "");
  }

  std::vector<CalibrationSample> samples_of(const torch::Tensor& pixels) {
    const auto scores = model->loss().score(features(pixels));
    std::vector<CalibrationSample> samples;
    for (int64_t i = 0; i < scores.predicted.size(0); ++i) {
      samples.push_back({scores.predicted[i].item<int64_t>(), scores.distance[i].item<float>(),
                         scores.energy[i].item<float>(), scores.doubt[i].item<float>()});
    }
    return samples;
  }

  torch::Tensor features(const torch::Tensor& pixels) {
    torch::NoGradGuard no_grad;
    return model->features(pixels);
  }

  /// The attack of that name on the batch.
  torch::Tensor attacked(const std::string& name, const PgdOptions& options = {}) {
    return make_attack(name, options).attack->run(*model, batch, &calibration);
  }

  TemporaryFolder folder;
  std::shared_ptr<Dataset> dataset;
  std::unique_ptr<Model> model;
  Batch batch;
  Calibration calibration;
};

}  // namespace gmtrain::test
