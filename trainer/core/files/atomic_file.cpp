// SPDX-License-Identifier: Apache-2.0
#include "core/files/atomic_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace gmtrain {
namespace fs = std::filesystem;
namespace {

// The process number keeps two processes that write the same file out of each other's way.
fs::path temporary_name(const fs::path& path) {
  fs::path temporary = path;
  temporary.replace_filename("." + path.stem().string() + ".part-" + std::to_string(::getpid()) +
                             path.extension().string());
  return temporary;
}

[[noreturn]] void fail(const char* what, const fs::path& path) {
  const int error = errno != 0 ? errno : EIO;
  throw fs::filesystem_error(what, path, std::error_code(error, std::generic_category()));
}

}  // namespace

void write_atomically(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  const fs::path temporary = temporary_name(path);
  try {
    write(temporary);
    fs::rename(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file(const fs::path& path, std::string_view contents) {
  write_atomically(path, [&](const fs::path& temporary) {
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary);
    stream.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    stream.close();
    if (!stream) fail("cannot write", path);
  });
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
