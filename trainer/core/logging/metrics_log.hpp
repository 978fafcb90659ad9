// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: one JSON object a line, each with the step it belongs to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/logging/record_file.hpp"

namespace gmtrain {

class MetricsLog {
 public:
  /// Starts a new file, or, with keep_up_to_step >= 0, goes on with the one that is there after
  /// dropping the records of later steps and an incomplete last line.
  /// @throws std::runtime_error naming the file if it cannot be written
  explicit MetricsLog(const std::filesystem::path& file, int64_t keep_up_to_step = -1);

  /// Appends {"step": step, name: value, ...}. Not-finite values are written as null.
  /// @throws std::runtime_error naming the file if it cannot be written
  void write(int64_t step, const std::vector<std::pair<std::string, double>>& values);

 private:
  RecordFile file_;
};

}  // namespace gmtrain
