// SPDX-License-Identifier: Apache-2.0
#include "core/logging/tensorboard.hpp"

#include <unistd.h>

#include <boost/crc.hpp>
#include <chrono>

#include "core/logging/event.pb.h"

namespace gmtrain {
namespace {

double seconds_since_epoch() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

template <typename T>
std::string little_endian(T value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

}  // namespace

uint32_t masked_crc32c(const std::string& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const uint32_t value = crc.checksum();
  return (value >> 15 | value << 17) + 0xa282ead8u;
}

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder, int64_t steps_done)
    : file_(folder /
            ("events.out.tfevents." + std::to_string(static_cast<int64_t>(seconds_since_epoch())) +
             "." + std::to_string(::getpid()))) {
  Event event;
  event.set_wall_time(seconds_since_epoch());
  event.set_file_version("brain.Event:2");
  append(event.SerializeAsString());
  if (steps_done < 0) return;
  event.set_step(steps_done + 1);
  event.mutable_session_log()->set_status(SessionLog::START);
  append(event.SerializeAsString());
}

void TensorBoardWriter::scalar(const std::string& tag, int64_t step, double value) {
  Event event;
  event.set_wall_time(seconds_since_epoch());
  event.set_step(step);
  auto* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  entry->set_simple_value(static_cast<float>(value));
  append(event.SerializeAsString());
}

/// A record: length, its checksum, the event, its checksum.
void TensorBoardWriter::append(const std::string& event) {
  const std::string length = little_endian<uint64_t>(event.size());
  file_.append(length + little_endian(masked_crc32c(length)) + event +
               little_endian(masked_crc32c(event)));
}

}  // namespace gmtrain
