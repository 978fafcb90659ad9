// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/verification/verify.hpp"

#include "core/files/folder_lock.hpp"
#include "core/files/json_text.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/commands/write_result.hpp"

namespace gmtrain {

void verify_command(const RunArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const FolderLock lock(run.folder.path);
  write_result(run.folder.verification(), json_text(verify(run)));
}

}  // namespace gmtrain
