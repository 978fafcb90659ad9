#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/metrics/classification.hpp"

namespace gmtrain {

CalibrationResult calibrate(TrainedRun& run) {
  if (!run.model->loss().has_distances()) {
    throw std::runtime_error(
        fmt::format("{}: its loss has no distances to calibrate", run.folder.path.string()));
  }
  const auto dataset = open_dataset(run.data, run.data.path, Split::train);
  const auto indices =
      split_held_out(dataset->labels(), run.data.held_out, run.data.held_out_seed).held_out;
  std::vector<int64_t> predicted, labels;
  std::vector<double> distances;
  score_dataset(*run.model, *dataset, indices, [&](const ScoredBatch& scored) {
    const auto& scores = scored.scores;
    for (int64_t i = 0; i < scores.predicted.size(0); ++i) {
      predicted.push_back(scores.predicted[i].item<int64_t>());
      labels.push_back(scored.batch.labels[i].item<int64_t>());
      distances.push_back(scores.distance[i].item<double>());
    }
  });
  return {Calibration::build(
              run.calibration.kind, static_cast<int64_t>(run.data.labels.size()), predicted,
              distances, fmt::format("{} images held out of {}", predicted.size(), run.data.path)),
          error_percent(predicted, labels)};
}

}  // namespace gmtrain
