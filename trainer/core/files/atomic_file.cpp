// SPDX-License-Identifier: Apache-2.0
#include "core/files/atomic_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <system_error>

namespace gmtrain {
namespace fs = std::filesystem;
namespace {

// The process number keeps two processes that write the same file out of each other's way.
std::string temporary_name(const fs::path& path, const std::string& process) {
  return "." + path.stem().string() + ".part-" + process + path.extension().string();
}

bool is_alive(pid_t process) {
  return ::kill(process, 0) == 0 || errno != ESRCH;
}

/// Removes the temporary files of processes that were killed while they wrote `path`.
void remove_left_behind(const fs::path& path) {
  std::error_code error;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const size_t number = name.rfind(".part-");
    if (number == std::string::npos) continue;
    pid_t process = 0;
    const char* digits = name.data() + number + sizeof(".part-") - 1;
    const char* after = std::from_chars(digits, name.data() + name.size(), process).ptr;
    if (process <= 0 || name != temporary_name(path, std::string(digits, after))) continue;
    std::error_code ignored;
    if (!is_alive(process)) fs::remove(entry->path(), ignored);
  }
}

[[noreturn]] void fail(const char* what, const fs::path& path) {
  const int error = errno != 0 ? errno : EIO;
  throw fs::filesystem_error(what, path, std::error_code(error, std::generic_category()));
}

/// Waits until what was written to `written`, a file or a folder, is on the disk.
/// @param path named in errors
void sync(const fs::path& written, const fs::path& path) {
  const int descriptor = ::open(written.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("cannot write", path);
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (result != 0 && error != EINVAL) fail("cannot write", path);  // EINVAL: not of this kind
}

/// @param path named in errors
void write_whole(const fs::path& file, std::string_view contents, const fs::path& path) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  stream.close();
  if (!stream) fail("cannot write", path);
}

}  // namespace

void write_atomically(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  remove_left_behind(path);
  const fs::path temporary = path.parent_path() / temporary_name(path, std::to_string(::getpid()));
  try {
    write(temporary);
    sync(temporary, path);
    fs::rename(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (::access(folder.c_str(), R_OK) == 0) sync(folder, path);  // some may only be written
}

void write_file(const fs::path& path, std::string_view contents) {
  write_atomically(path,
                   [&](const fs::path& temporary) { write_whole(temporary, contents, path); });
}

void write_new_file(const fs::path& path, std::string_view contents) {
  write_whole(path, contents, path);
}

void write_folder(const fs::path& folder, const std::function<void(const fs::path&)>& write) {
  const fs::path unfinished = folder.string() + ".unfinished", old = folder.string() + ".old";
  std::error_code ignored;
  fs::remove_all(unfinished);
  try {
    fs::create_directories(unfinished);
    write(unfinished);
    // Moved aside first: a folder can only be renamed to an empty one.
    fs::remove_all(old);
    if (fs::exists(folder)) fs::rename(folder, old);
    fs::rename(unfinished, folder);
  } catch (...) {
    if (!fs::exists(folder, ignored)) fs::rename(old, folder, ignored);
    fs::remove_all(unfinished, ignored);
    throw;
  }
  fs::remove_all(old, ignored);
}

}  // namespace gmtrain
