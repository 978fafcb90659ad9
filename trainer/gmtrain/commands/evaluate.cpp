#include "gmtrain/evaluation/evaluate.hpp"

#include <fmt/format.h>

#include <optional>

#include "core/files/atomic_file.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

void evaluate_command(const EvaluateArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const auto measured = arguments.held_out ? Measured::held_out : Measured::test;
  const auto file = arguments.held_out ? run.folder.held_out() : run.folder.evaluation();
  std::optional<Calibration> calibration;
  if (measured == Measured::test && run.model->loss().has_distances()) {
    calibration = Calibration::load(run.folder.calibration());
  }
  write_file(file, evaluate(run, measured, calibration ? &*calibration : nullptr).dump(2) + "\n");
  log_info(fmt::format("wrote {}", file.string()));
}

}  // namespace gmtrain
