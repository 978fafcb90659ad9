#include "gmtrain/verification/verify.hpp"

#include <fmt/format.h>

#include "core/files/atomic_file.hpp"
#include "core/files/json_text.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

void verify_command(const RunArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  write_file(run.folder.verification(), json_text(verify(run)));
  log_info(fmt::format("wrote {}", run.folder.verification().string()));
}

}  // namespace gmtrain
