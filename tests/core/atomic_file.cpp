// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
using boost::test_tools::per_element;
using gmtrain::read_file;
using gmtrain::write_atomically;
using gmtrain::write_file;
using gmtrain::write_folder;
using gmtrain::write_new_file;

BOOST_AUTO_TEST_SUITE(atomic_file)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back_byte_for_byte) {
  const TemporaryFolder folder;
  const std::string bytes("a\r\n\0\xff z", 7);
  write_file(folder / "file.bin", bytes);
  BOOST_TEST(read_file(folder / "file.bin") == bytes);
  write_file(folder / "file.bin", "");
  BOOST_TEST(read_file(folder / "file.bin") == "");
  BOOST_TEST(folder.names() == std::vector<std::string>{"file.bin"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(temporary_lies_beside_the_file_and_keeps_its_extension) {
  const TemporaryFolder folder;
  write_atomically(folder / "model.onnx", [&](const fs::path& temporary) {
    BOOST_TEST(temporary.parent_path() == folder.path());
    BOOST_TEST(temporary.extension() == ".onnx");
    BOOST_TEST(temporary.filename() != "model.onnx");
    std::ofstream(temporary) << "new";
  });
  BOOST_TEST(read_file(folder / "model.onnx") == "new");
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_the_old_file_and_no_temporary) {
  const TemporaryFolder folder;
  write_file(folder / "file.txt", "old");
  const auto write_and_throw = [](const fs::path& temporary) {
    std::ofstream(temporary) << "half";
    throw std::runtime_error("stopped");
  };
  BOOST_CHECK_THROW(write_atomically(folder / "file.txt", write_and_throw), std::runtime_error);
  BOOST_TEST(read_file(folder / "file.txt") == "old");
  BOOST_TEST(folder.names() == std::vector<std::string>{"file.txt"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_killed_processes_left_is_removed) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  const std::string dead = std::to_string(child), alive = std::to_string(::getppid());
  const std::vector<std::string> others{".file.part-" + alive + ".txt",
                                        ".file.part-" + dead + ".bin", ".file.part-x.txt",
                                        ".other.part-" + dead + ".txt"};
  for (const std::string& name : others) write_new_file(folder / name, "half");
  write_new_file(folder / (".file.part-" + dead + ".txt"), "half");
  write_file(folder / "file.txt", "whole");
  auto expected = others;
  expected.push_back("file.txt");
  std::sort(expected.begin(), expected.end());
  BOOST_TEST(folder.names() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_or_read_is_named) {
  const TemporaryFolder folder;
  const auto names = [](const char* name) {
    return [name](const std::exception& e) {
      return std::string(e.what()).find(name) != std::string::npos;
    };
  };
  BOOST_CHECK_EXCEPTION(write_file(folder / "missing" / "file.txt", "x"), fs::filesystem_error,
                        names("missing/file.txt"));
  BOOST_CHECK_EXCEPTION(write_file("/dev/full/file.txt", "x"), fs::filesystem_error,
                        names("/dev/full/file.txt"));
  BOOST_CHECK_EXCEPTION(write_new_file("/dev/full", "x"), fs::filesystem_error,
                        names("No space left on device [/dev/full]"));
  BOOST_CHECK_EXCEPTION(write_atomically(folder / "none.txt", [](const fs::path&) {}),
                        fs::filesystem_error, names("none.txt"));
  BOOST_CHECK_EXCEPTION(read_file(folder / "absent.txt"), std::runtime_error,
                        names("absent.txt: cannot be read: no such file"));
}

BOOST_AUTO_TEST_CASE(a_folder_is_replaced_whole) {
  const TemporaryFolder folder;
  for (const char* name : {"old", "new"}) {
    write_folder(folder / "images",
                 [&](const fs::path& unfinished) { write_file(unfinished / name, name); });
  }
  BOOST_TEST(read_file(folder / "images" / "new") == "new");
  BOOST_TEST(!fs::exists(folder / "images" / "old"));
  BOOST_TEST(folder.names() == std::vector<std::string>{"images"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_the_old_folder) {
  const TemporaryFolder folder;
  write_folder(folder / "images",
               [](const fs::path& unfinished) { write_file(unfinished / "old", "old"); });
  const auto write_and_throw = [](const fs::path& unfinished) {
    write_file(unfinished / "new", "half");
    throw std::runtime_error("no more");
  };
  BOOST_CHECK_THROW(write_folder(folder / "images", write_and_throw), std::runtime_error);
  BOOST_TEST(read_file(folder / "images" / "old") == "old");
  BOOST_TEST(!fs::exists(folder / "images" / "new"));
  BOOST_TEST(folder.names() == std::vector<std::string>{"images"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
