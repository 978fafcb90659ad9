#include "gmtrain/evaluation/calibrate.hpp"

#include <fmt/format.h>

#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

void calibrate_command(const RunArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const auto result = calibrate(run);
  result.calibration.save(run.folder.calibration());
  log_info(fmt::format("calibrated on {}, error on them {:.2f} %", result.calibration.calibrated_on,
                       result.held_out_error));
}

}  // namespace gmtrain
