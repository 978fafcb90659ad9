// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/files/atomic_file.hpp"
#include "core/files/folder_lock.hpp"
#include "core/logging/log.hpp"
#include "core/report/run_report.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/report/inputs.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {

void report_command(const RunArguments& arguments) {
  report::RunReport contents = report::read_run(arguments.run);
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const FolderLock lock(run.folder.path);
  contents.classes = run.data.labels;
  contents.likelihood = likelihood_map(run.model->loss(), contents.features);
  const auto sections = report::run_sections(contents, pixels_of(run));
  report::write_figures(run.folder.figures(), report::run_charts(contents));
  write_file(run.folder.report(), report::html_page(run.name, sections));
  log_info(fmt::format("wrote {}, and its pictures to {}", run.folder.report().string(),
                       run.folder.figures().string()));
}

}  // namespace gmtrain
