#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>

namespace gmtrain {

CalibrationResult calibrate(TrainedRun& run) {
  const auto dataset = open_dataset(run.data, run.data.path, Split::train);
  const auto indices =
      split_held_out(dataset->size(), run.data.held_out, run.data.held_out_seed).held_out;
  std::vector<int64_t> predicted;
  std::vector<double> distances;
  int64_t wrong = 0;
  score_dataset(*run.model, *dataset, indices, [&](const ScoredBatch& scored) {
    const auto& scores = scored.scores;
    for (int64_t i = 0; i < scores.predicted.size(0); ++i) {
      predicted.push_back(scores.predicted[i].item<int64_t>());
      distances.push_back(scores.distance[i].item<double>());
    }
    wrong += scores.predicted.ne(scored.batch.labels).sum().item<int64_t>();
  });
  const auto count = static_cast<int64_t>(predicted.size());
  return {Calibration::build(run.calibration.kind, static_cast<int64_t>(run.data.labels.size()),
                             predicted, distances,
                             fmt::format("{} images held out of {}", count, run.data.path)),
          100.0 * static_cast<double>(wrong) / static_cast<double>(count)};
}

}  // namespace gmtrain
