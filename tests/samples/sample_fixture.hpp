// SPDX-License-Identifier: Apache-2.0
// Runs samples in a folder of their own.
#pragma once

#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

namespace gm_test {

namespace fs = std::filesystem;

inline std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline bool contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) BOOST_TEST_MESSAGE("no \"" << part << "\" in: " << text);
  return found;
}

/// What a sample left behind.
struct Result {
  int status;
  std::string out, err;

  /// The numbers of the first line that begins with `name` and has `count` numbers after it;
  /// nothing if there is none.
  std::vector<double> row(const std::string& name, size_t count) const {
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) {
      if (line.compare(0, name.size() + 1, name + ' ') != 0) continue;
      std::istringstream words(line.substr(name.size()));
      std::vector<double> numbers;
      for (double number; words >> number;) numbers.push_back(number);
      if (numbers.size() == count) return numbers;
    }
    return {};
  }
};

/// That no line is too long for a window of usual width. OpenCV's own log and paths may be longer.
inline void check_width(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line[0] == '[') continue;
    size_t columns = 0;
    for (const char c : line) columns += c == '\t' ? 8 - columns % 8 : 1;
    BOOST_TEST((columns <= 140), line);
  }
}

inline int pixels_of(const cv::Mat& picture, const cv::Scalar& colour) {
  cv::Mat found;
  cv::inRange(picture, colour, colour, found);
  return cv::countNonZero(found);
}

struct SampleFixture {
  TemporaryFolder folder;

  std::string path(const std::string& name) const { return (folder / name).string(); }

  /// @param image  called with the number of the image
  template <class F>
  void write_images(const std::string& name, int count, F image) const {
    fs::create_directories(folder / name);
    for (int i = 0; i < count; ++i) {
      BOOST_REQUIRE(cv::imwrite(path(name + cv::format("/%02d.png", i)), image(i)));
    }
  }

  void write_text(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }

  Result run(const std::string& program, const std::string& arguments) const {
    const std::string command = "cd '" + folder.path().string() + "' && " + program + " " +
                                arguments + " >out.txt 2>err.txt";
    const int status = std::system(command.c_str());
    BOOST_REQUIRE(WIFEXITED(status));
    const Result result{WEXITSTATUS(status), contents(folder / "out.txt"),
                        contents(folder / "err.txt")};
    check_width(result.out);
    check_width(result.err);
    return result;
  }

  /// That the program fails with a message that has this part.
  void fails(const std::string& program, const std::string& arguments,
             const std::string& part) const {
    const Result result = run(program, arguments);
    BOOST_TEST(result.status != 0);
    BOOST_TEST(contains(result.err, part));
  }
};

/// Numbers as a table prints them, within half of its last digit.
inline void check_row(const std::vector<double>& got, const std::vector<double>& expected,
                      const std::vector<int>& decimals) {
  BOOST_TEST_REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    BOOST_TEST(std::abs(got[i] - expected[i]) <= 0.501 * std::pow(10, -decimals[i]),
               "column " << i << ": expected " << expected[i] << ", got " << got[i]);
  }
}

}  // namespace gm_test
