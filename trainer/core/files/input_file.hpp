// SPDX-License-Identifier: Apache-2.0
// How every file is opened that the programs read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gmtrain {

/// A regular file, read from its beginning on. Anything else is refused before it is opened: a pipe
/// would be waited for, and a device may have no end.
class InputFile {
 public:
  /// @throws std::runtime_error naming the file and why it cannot be read
  explicit InputFile(std::filesystem::path file);

  /// In bytes: what a header claims can be compared with it before anything is read.
  size_t size() const { return size_; }

  /// The next `count` bytes. @throws std::runtime_error naming the file where it has fewer
  void read(void* bytes, size_t count);

  /// "<file>: <what>", to be thrown.
  std::runtime_error error(const std::string& what) const;

 private:
  std::filesystem::path file_;
  size_t size_;
  std::ifstream stream_;
};

/// The bytes of a file. @param most how many it may have
/// @throws std::runtime_error naming the file where it cannot be read or has more
std::string read_file(const std::filesystem::path& file, size_t most = size_t{1} << 30);

}  // namespace gmtrain
