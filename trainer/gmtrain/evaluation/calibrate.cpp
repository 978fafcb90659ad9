#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/calibration/p_values.hpp"
#include "core/metrics/figures.hpp"
#include "gmtrain/evaluation/picture_ranges.hpp"
#include "gmtrain/evaluation/scorer.hpp"

namespace gmtrain {

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
    pictures.add(batch);
  });
  std::vector<int64_t> class_images(run.data.labels.size());
  for (const int64_t k : table.predicted) ++class_images[k];
  auto calibration = Calibration::build(
      run.calibration.how, static_cast<int64_t>(class_images.size()), samples_of(table),
      fmt::format("{} images held out of {}", table.size(), run.data.path));
  calibration.risks = risk_thresholds(run.calibration.risks, table);
  calibration.pictures = pictures.ranges();
  return {std::move(calibration), error_percent(table), std::move(class_images)};
}

}  // namespace gmtrain
