// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/calibration/calibration.hpp"
#include "core/metrics/figures.hpp"
#include "gmtrain/evaluation/scorer.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

void append(std::vector<float>& to, const Tensor& values) {
  const Tensor floats = values.to(torch::kFloat).cpu().contiguous();
  to.insert(to.end(), floats.data_ptr<float>(), floats.data_ptr<float>() + floats.numel());
}

template <typename T>
std::array<T, 2> range(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  const size_t beyond = values.size() / 100;
  return {values[beyond], values[values.size() - 1 - beyond]};
}

/// What pictures a calibration has seen.
class SeenPictures {
 public:
  void add(const Batch& batch);

  /// Between which values all but a hundredth at either end lie: a few broken pictures among those
  /// of a calibration shall not make everything look usual. Nothing if no picture was seen.
  std::optional<PictureRanges> ranges() const;

 private:
  std::vector<int64_t> heights_, widths_;
  std::vector<float> means_, deviations_;
};

void SeenPictures::add(const Batch& batch) {
  for (const ImageSize& size : batch.sizes) {
    heights_.push_back(size.height);
    widths_.push_back(size.width);
  }
  const Tensor pixels = batch.images.flatten(1).to(torch::kDouble);
  append(means_, pixels.mean(1));
  append(deviations_, pixels.std(1, /*unbiased=*/false));
}

std::optional<PictureRanges> SeenPictures::ranges() const {
  if (means_.empty()) return std::nullopt;
  return PictureRanges{range(heights_), range(widths_), range(means_), range(deviations_)};
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
