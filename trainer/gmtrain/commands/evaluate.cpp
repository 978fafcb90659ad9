// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/evaluate.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "core/files/folder_lock.hpp"
#include "core/files/json_text.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/commands/write_result.hpp"

namespace gmtrain {
namespace {

/// The sets that are drawn in the plane of 2-D features.
std::vector<ScoreTable> planar(const std::vector<ScoreTable>& tables) {
  std::vector<ScoreTable> drawn;
  std::copy_if(
      tables.begin(), tables.end(), std::back_inserter(drawn),
      [](const ScoreTable& table) { return table.set == "clean" || table.set == "fgsm_0.3"; });
  return drawn;
}

}  // namespace

void evaluate_command(const EvaluateArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const FolderLock lock(run.folder.path);
  const auto measured = arguments.held_out ? Measured::held_out : Measured::test;
  std::optional<Calibration> calibration;
  if (measured == Measured::test && run.model->loss().has_distances()) {
    calibration = load_calibration(run);
  }
  const auto [figures, tables] = evaluate(run, measured, calibration ? &*calibration : nullptr);
  if (measured == Measured::held_out) {
    write_result(run.folder.held_out_scores(), scores_csv(tables));
    write_result(run.folder.held_out(), json_text(figures));
    return;
  }
  write_result(run.folder.scores(), scores_csv(tables));
  if (run.model->network().dimension() == 2)
    write_result(run.folder.features(), features_csv(planar(tables)));
  write_result(run.folder.evaluation(), json_text(figures));
}

}  // namespace gmtrain
