// SPDX-License-Identifier: Apache-2.0
// Files that are to be refused, as rows of a table: who reads one, how it is made, what is said.
#pragma once

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>

#include "memory_limit.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

namespace gmtrain::test {

namespace fs = std::filesystem;

/// How a file, or what stands in its place, is made: from bytes, or in whatever way.
struct Made {
  std::function<void(const fs::path&)> make;

  Made(std::string bytes)
      : make([bytes = std::move(bytes)](const fs::path& file) {
          std::ofstream(file, std::ios::binary) << bytes;
        }) {}
  Made(const char* text) : Made(std::string(text)) {}
  Made(std::function<void(const fs::path&)> how) : make(std::move(how)) {}
};

struct BadFile {
  std::string name;
  std::function<void(const fs::path&)> read;
  Made made;
  std::string expected;  ///< a part of what is said
};

inline std::ostream& operator<<(std::ostream& out, const BadFile& bad) {
  return out << bad.name;
}

/// The first bytes of a file.
inline std::string cut(const std::string& bytes, size_t count) {
  return bytes.substr(0, count);
}

/// Bytes, of which those from a place on are others.
inline std::string with(std::string bytes, size_t at, const std::string& others) {
  return bytes.replace(at, others.size(), others);
}

/// A text, of which one part is another.
inline std::string with(std::string text, const std::string& part, const std::string& other) {
  return text.replace(text.find(part), part.size(), other);
}

inline std::string repeated(const std::string& part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

/// Bytes, and after them nothing that takes room on the disk, up to a size.
inline Made sparse(const std::string& bytes, uintmax_t size) {
  return Made([=](const fs::path& file) {
    Made(bytes).make(file);
    fs::resize_file(file, size);
  });
}

inline Made pipe() {
  return Made([](const fs::path& file) { ::mkfifo(file.c_str(), 0600); });
}

inline Made link_to(const fs::path& target) {
  return Made([=](const fs::path& file) { fs::create_symlink(target, file); });
}

inline Made folder() {
  return Made([](const fs::path& file) { fs::create_directory(file); });
}

/// It is refused with one line that names the file, without much memory, and nothing is left.
inline void check_refusal(const BadFile& bad) {
  const TemporaryFolder in;
  const fs::path file = in / "file";
  bad.made.make(file);
  const auto names = in.names();
  std::string said;
  {
    const MemoryLimit limit;
    said = message_of<std::exception>([&] { bad.read(file); });
  }
  BOOST_TEST(contains(said, bad.expected), said);
  BOOST_TEST(contains(said, file.string()), said);
  BOOST_TEST(!contains(said, "\n"), said);
  BOOST_TEST(said.size() < 1000, said);
  BOOST_TEST(in.names() == names, boost::test_tools::per_element());
}

}  // namespace gmtrain::test
