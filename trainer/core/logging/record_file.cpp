// SPDX-License-Identifier: Apache-2.0
#include "core/logging/record_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace gmtrain {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, int error) {
  throw std::runtime_error(
      fmt::format("{}: cannot be written: {}", file.string(), std::strerror(error)));
}

}  // namespace

RecordFile::RecordFile(std::filesystem::path file)
    : path_(std::move(file)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail(path_, errno);
}

RecordFile::~RecordFile() {
  ::close(descriptor_);
}

void RecordFile::append(std::string_view record) {
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  while (!record.empty()) {
    const ssize_t written = ::write(descriptor_, record.data(), record.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // What cannot be taken back readers drop: it has no end.
      [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, before);
      fail(path_, error);
    }
    record.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace gmtrain
