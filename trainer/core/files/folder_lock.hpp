// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace gmtrain {

/// Keeps other processes of ours out of a folder while it lives, by a lock on the file .lock in it,
/// which stays. The system frees the lock of a process that dies.
class FolderLock {
 public:
  /// @throws std::runtime_error naming the folder, where another holds it or it cannot be written
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace gmtrain
