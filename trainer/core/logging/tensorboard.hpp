// SPDX-License-Identifier: Apache-2.0
// TensorBoard event files, scalars only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/logging/record_file.hpp"

namespace gmtrain {

class TensorBoardWriter {
 public:
  /// Opens a new file events.out.tfevents.<time>.<process> in `folder`.
  /// @param steps_done of a training that is resumed: what other files have of later steps is
  ///                   forgotten; -1: nothing is
  /// @throws std::runtime_error naming the file if it cannot be written
  explicit TensorBoardWriter(const std::filesystem::path& folder, int64_t steps_done = -1);

  /// Appends one value. @throws std::runtime_error naming the file if it cannot be written
  void scalar(const std::string& tag, int64_t step, double value);

  const std::filesystem::path& file() const { return file_.path(); }

 private:
  void append(const std::string& event);

  RecordFile file_;
};

/// CRC-32C (Castagnoli) as event files carry it: rotated and offset, so that a checksum of data
/// that holds checksums is sound.
uint32_t masked_crc32c(const std::string& bytes);

}  // namespace gmtrain
