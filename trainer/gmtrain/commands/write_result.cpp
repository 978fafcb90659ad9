// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/commands/write_result.hpp"

#include <fmt/format.h>

#include "core/files/atomic_file.hpp"
#include "core/logging/log.hpp"

namespace gmtrain {

void write_result(const std::filesystem::path& file, std::string_view contents) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  write_file(file, contents);
  log_info(fmt::format("wrote {}", file.string()));
}

}  // namespace gmtrain
