// SPDX-License-Identifier: Apache-2.0
#include "core/logging/record_file.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

/// While it lives, files of this process grow no longer than `bytes`, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(record_file)

BOOST_AUTO_TEST_CASE(records_are_appended) {
  const TemporaryFolder folder;
  for (const char* record : {"one\n", "two\n"}) RecordFile(folder / "log").append(record);
  BOOST_TEST(read_file(folder / "log") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(a_record_without_room_is_left_out_whole) {
  const TemporaryFolder folder;
  RecordFile file(folder / "log");
  file.append("one\n");
  {
    const FileSizeLimit limit(6);
    BOOST_TEST(contains(message_of<std::runtime_error>([&] { file.append("three\n"); }),
                        (folder / "log").string() + ": cannot be written: File too large"));
  }
  BOOST_TEST(read_file(folder / "log") == "one\n");
  file.append("two\n");
  BOOST_TEST(read_file(folder / "log") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_or_written_is_named) {
  BOOST_TEST(contains(message_of<std::runtime_error>([] { RecordFile("/nowhere/log"); }),
                      "/nowhere/log: cannot be written: No such file"));
  BOOST_TEST(contains(message_of<std::runtime_error>([] { RecordFile("/dev/full").append("x"); }),
                      "/dev/full: cannot be written: No space left on device"));
}

BOOST_AUTO_TEST_SUITE_END()
