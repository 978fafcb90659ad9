#include "gmtrain/evaluation/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "core/files/atomic_file.hpp"
#include "core/files/json_text.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {
namespace {

void write(const std::filesystem::path& file, const std::string& contents) {
  write_file(file, contents);
  log_info(fmt::format("wrote {}", file.string()));
}

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
  const auto measured = arguments.held_out ? Measured::held_out : Measured::test;
  std::optional<Calibration> calibration;
  if (measured == Measured::test && run.model->loss().has_distances()) {
    calibration = Calibration::load(run.folder.calibration());
  }
  const auto [figures, tables] = evaluate(run, measured, calibration ? &*calibration : nullptr);
  if (measured == Measured::held_out) {
    write(run.folder.held_out(), json_text(figures));
    return;
  }
  write(run.folder.scores(), scores_csv(tables));
  if (run.model->network().dimension() == 2)
    write(run.folder.features(), features_csv(planar(tables)));
  write(run.folder.evaluation(), json_text(figures));
}

}  // namespace gmtrain
