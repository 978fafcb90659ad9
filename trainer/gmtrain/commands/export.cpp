// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/export/export.hpp"

#include <fmt/format.h>

#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

void export_command(const ExportArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  if (run.model->loss().mixture()) {
    std::optional<Calibration> calibration;
    if (!arguments.uncalibrated) calibration = load_calibration(run);
    export_onnx(*run.model, run.input, head_of_run(run, calibration ? &*calibration : nullptr),
                arguments.out);
  } else {
    export_classifier(*run.model, run.input, arguments.out);
    log_info("without a head, which gmattach adds: the run's loss has no Gaussian mixture");
  }
  log_info(fmt::format("wrote {}", arguments.out.string()));
}

}  // namespace gmtrain
