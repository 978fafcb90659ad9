// SPDX-License-Identifier: Apache-2.0
#include "core/files/folder_lock.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

#include "message_of.hpp"
#include "temporary_folder.hpp"

using gmtrain::FolderLock;

BOOST_AUTO_TEST_SUITE(folder_lock)

BOOST_AUTO_TEST_CASE(only_one_holds_it) {
  const TemporaryFolder folder, other;
  auto lock = std::make_unique<FolderLock>(folder.path());
  BOOST_CHECK_NO_THROW(FolderLock(other.path()));
  const auto message = message_of<std::runtime_error>([&] { FolderLock(folder.path()); });
  BOOST_TEST(contains(message, folder.path().string() + ": another command is at work"));
  lock.reset();
  BOOST_CHECK_NO_THROW(FolderLock(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_dead_process_holds_none) {
  const TemporaryFolder folder;
  int ready[2];
  BOOST_TEST_REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(folder.path());
    const char sign = 1;
    if (::write(ready[1], &sign, 1) == 1) ::pause();
    ::_exit(1);
  }
  char sign = 0;
  BOOST_TEST(::read(ready[0], &sign, 1) == 1);
  BOOST_CHECK_THROW(FolderLock(folder.path()), std::runtime_error);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  BOOST_CHECK_NO_THROW(FolderLock(folder.path()));
  for (const int end : ready) ::close(end);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_named) {
  BOOST_TEST(contains(message_of<std::runtime_error>([] { FolderLock("/nowhere/run"); }),
                      "/nowhere/run: cannot be written: No such file"));
}

BOOST_AUTO_TEST_SUITE_END()
