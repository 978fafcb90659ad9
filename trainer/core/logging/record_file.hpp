// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace gmtrain {

/// A file that grows record by record and holds whole ones, when the disk is full too.
class RecordFile {
 public:
  /// Opens the file, new or with what is there. @throws std::runtime_error naming it
  explicit RecordFile(std::filesystem::path file);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  /// @throws std::runtime_error naming the file and why it cannot be written; nothing of the record
  ///         is in it then
  void append(std::string_view record);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace gmtrain
