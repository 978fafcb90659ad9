// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/calibration/calibration.hpp"
#include "core/images/seen_pictures.hpp"
#include "core/metrics/figures.hpp"
#include "gmtrain/evaluation/scorer.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

void see(const Batch& batch, SeenPictures& pictures) {
  const Tensor pixels = batch.images.flatten(1).to(torch::kDouble);
  const Tensor means = pixels.mean(1).cpu(), deviations = pixels.std(1, /*unbiased=*/false).cpu();
  for (size_t i = 0; i < batch.sizes.size(); ++i)
    pictures.add(batch.sizes[i], means.data_ptr<double>()[i], deviations.data_ptr<double>()[i]);
}

}  // namespace

CalibrationResult calibrate(TrainedRun& run) {
  if (!run.model->loss().has_distances()) {
    throw std::runtime_error(
        fmt::format("{}: its loss has no distances to calibrate", run.folder.path.string()));
  }
  const Scorer scorer(*run.model, {});
  const ImageSet images = clean_images(run, Measured::held_out);
  ScoreTable table;
  table.set = "held-out";
  SeenPictures pictures;
  for_each_batch(images, table.set, [&](const Batch& batch) {
    scorer.add(table, batch);
    see(batch, pictures);
  });
  std::vector<int64_t> class_images(run.data.labels.size());
  for (const int64_t k : table.predicted) ++class_images[k];
  auto calibration = Calibration::build(
      run.calibration.how, static_cast<int64_t>(class_images.size()), samples_of(table),
      fmt::format("{} images held out of {}", table.size(), run.data.path));
  calibration.risks = risk_thresholds(run.calibration.risks, table);
  calibration.weights = run.weights;
  calibration.pictures = pictures.ranges();
  return {std::move(calibration), error_percent(table), std::move(class_images)};
}

}  // namespace gmtrain
