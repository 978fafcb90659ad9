#include "gmtrain/evaluation/evaluate.hpp"

#include <fmt/format.h>

#include <optional>

#include "core/files/atomic_file.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

void evaluate_command(const RunArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  std::optional<Calibration> calibration;
  if (run.model->loss().has_distances()) calibration = Calibration::load(run.folder.calibration());
  write_file(run.folder.evaluation(),
             evaluate(run, calibration ? &*calibration : nullptr).dump(2) + "\n");
  log_info(fmt::format("wrote {}", run.folder.evaluation().string()));
}

}  // namespace gmtrain
