// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

/// A regular file, in memory, for readers that take a path.
class FuzzedFile {
 public:
  FuzzedFile() : descriptor_(::memfd_create("fuzzed", 0)) {
    if (descriptor_ < 0) std::abort();
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  }

  /// Its path, once it holds nothing but these bytes.
  const std::filesystem::path& holding(const uint8_t* bytes, size_t size) {
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, bytes, size, 0) != static_cast<ssize_t>(size)) {
      std::abort();
    }
    return path_;
  }

 private:
  int descriptor_;
  std::filesystem::path path_;
};
