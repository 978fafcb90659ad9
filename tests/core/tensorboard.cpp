// SPDX-License-Identifier: Apache-2.0
#include "core/logging/tensorboard.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

/// The other direction of the masking.
uint32_t unmasked(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return rotated >> 17 | rotated << 15;
}

template <class T>
T little_endian_at(const std::string& bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<uint8_t>(bytes.at(at + i))) << (8 * i);
  }
  return value;
}

/// The events of a file, after both checksums of each record.
std::vector<std::string> records(const std::string& bytes) {
  std::vector<std::string> found;
  for (size_t at = 0; at < bytes.size();) {
    const auto size = little_endian_at<uint64_t>(bytes, at);
    BOOST_TEST(little_endian_at<uint32_t>(bytes, at + 8) == masked_crc32c(bytes.substr(at, 8)));
    const std::string event = bytes.substr(at + 12, size);
    BOOST_REQUIRE(event.size() == size);
    BOOST_TEST(little_endian_at<uint32_t>(bytes, at + 12 + size) == masked_crc32c(event));
    found.push_back(event);
    at += 12 + size + 4;
  }
  return found;
}

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tensorboard)

BOOST_AUTO_TEST_CASE(the_checksum_is_crc32c) {
  BOOST_TEST(unmasked(masked_crc32c("123456789")) == 0xE3069283u);
}

BOOST_AUTO_TEST_CASE(records_hold_the_version_and_then_each_scalar) {
  const TemporaryFolder folder;
  TensorBoardWriter writer(folder.path());
  writer.scalar("train/loss", 300, 0.5);
  writer.scalar("x", 0, -2);
  BOOST_TEST(writer.file().filename().string().rfind("events.out.tfevents.", 0) == 0U);
  const auto events = records(read_file(writer.file()));
  BOOST_REQUIRE(events.size() == 3U);
  // Wire format: key = field number << 3 | type, of wall_time (1, 64-bit), step (2, varint),
  // file_version (3, bytes) and summary (5, bytes) of value (1) of tag (1) and simple_value (2).
  BOOST_TEST(events[0][0] == '\x09');
  BOOST_TEST(events[0].substr(9) ==
             "\x1a\x0d"
             "brain.Event:2");
  BOOST_TEST(events[1].substr(9) ==
             "\x10\xac\x02"      // 300 as varint
             "\x2a\x13\x0a\x11"  // 19 bytes of 17 bytes
             "\x0a\x0atrain/loss\x15" +
                 raw(0.5f));
  BOOST_TEST(events[2].substr(9) == "\x2a\x0a\x0a\x08\x0a\x01x\x15" + raw(-2.0f));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_named) {
  const TemporaryFolder folder;
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { TensorBoardWriter(folder / "none"); }),
                      "none"));
}

// Left for read_events.py, which reads the same values back with TensorBoard.
BOOST_AUTO_TEST_CASE(events_for_tensorboard) {
  std::filesystem::remove_all(GM_EVENTS_FOLDER);
  std::filesystem::create_directories(GM_EVENTS_FOLDER);
  TensorBoardWriter writer(GM_EVENTS_FOLDER);
  writer.scalar("train/loss", 0, 1);
  writer.scalar("train/loss", 100, 0.5);
  writer.scalar("train/loss", 200, 0.25);
  // Resumed after step 100: what came after it is forgotten.
  TensorBoardWriter resumed(GM_EVENTS_FOLDER, 100);
  resumed.scalar("train/loss", 200, 0.125);
  resumed.scalar("test/error", int64_t{1} << 40, -0.25);
}

BOOST_AUTO_TEST_SUITE_END()
