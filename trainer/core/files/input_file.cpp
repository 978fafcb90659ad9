// SPDX-License-Identifier: Apache-2.0
#include "core/files/input_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

const char* kind_of(fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::fifo:
      return "a pipe";
    case fs::file_type::socket:
      return "a socket";
    default:
      return "a device";
  }
}

/// @throws std::runtime_error for what is no regular file
size_t checked_size(const fs::path& file) {
  const auto fail = [&](const std::string& why) {
    return std::runtime_error(fmt::format("{}: {}", file.string(), why));
  };
  std::error_code error;
  const auto type = fs::status(file, error).type();
  if (type == fs::file_type::not_found) throw fail("cannot be read: no such file");
  if (type == fs::file_type::none) throw fail("cannot be read: " + error.message());
  if (type != fs::file_type::regular)
    throw fail(fmt::format("expected a regular file, found {}", kind_of(type)));
  const auto size = fs::file_size(file, error);
  if (error) throw fail("cannot be read: " + error.message());
  return size;
}

}  // namespace

InputFile::InputFile(fs::path file) : file_(std::move(file)), size_(checked_size(file_)) {
  errno = 0;
  stream_.open(file_, std::ios::binary);
  if (!stream_) throw error(std::string("cannot be read: ") + std::strerror(errno));
}

void InputFile::read(void* bytes, size_t count) {
  stream_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(count));
  if (!stream_)
    throw error(fmt::format("expected {} more bytes, found {}", count, stream_.gcount()));
}

std::runtime_error InputFile::error(const std::string& what) const {
  return std::runtime_error(fmt::format("{}: {}", file_.string(), what));
}

std::string read_file(const fs::path& file, size_t most) {
  InputFile in(file);
  if (in.size() > most)
    throw in.error(fmt::format("expected at most {} bytes, found {}", most, in.size()));
  std::string contents(in.size(), '\0');
  in.read(contents.data(), contents.size());
  return contents;
}

}  // namespace gmtrain
