// SPDX-License-Identifier: Apache-2.0
#include "core/files/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/logging/log.hpp"

namespace gmtrain {

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const auto file = folder / ".lock";
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  // That of another user, in a folder of several.
  if (descriptor_ < 0 && errno == EACCES) descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw std::runtime_error(
        fmt::format("{}: cannot be written: {}", folder.string(), std::strerror(errno)));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  if (error == EWOULDBLOCK) {
    ::close(descriptor_);
    throw std::runtime_error(fmt::format(
        "{}: another command is at work in this folder: wait until it ends, or name another folder",
        folder.string()));
  }
  // Some network file systems have no locks.
  log_warning(fmt::format("{}: cannot be locked ({}): start no other command that writes there",
                          folder.string(), std::strerror(error)));
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

}  // namespace gmtrain
