// SPDX-License-Identifier: Apache-2.0
#include "core/faces/pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/files/input_file.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

/// The columns of a line: divided by tabs, between which there may be spaces; by spaces where there
/// are no tabs. The mark that some programs begin a file of UTF-8 with is left out.
std::vector<std::string> columns_of(const std::string& line) {
  constexpr std::string_view kSpaces = " \t\r", kMark = "\xef\xbb\xbf";
  const std::string_view dividers = line.find('\t') == std::string::npos ? kSpaces : "\t";
  std::vector<std::string> columns;
  size_t at = line.compare(0, kMark.size(), kMark) == 0 ? kMark.size() : 0;
  while (at < line.size()) {
    const size_t end = std::min(line.find_first_of(dividers, at), line.size());
    const std::string column = line.substr(at, end - at);
    const size_t first = column.find_first_not_of(kSpaces);
    if (first != std::string::npos) {
      columns.push_back(column.substr(first, column.find_last_not_of(kSpaces) + 1 - first));
    }
    at = end + 1;
  }
  return columns;
}

/// The lines of a file one after the other, as columns; empty ones are passed over.
class Lines {
 public:
  explicit Lines(const fs::path& file) : file_(file), in_(read_file(file)) {}

  bool next() {
    for (std::string line; std::getline(in_, line);) {
      ++number_;
      columns_ = columns_of(line);
      if (!columns_.empty()) return true;
    }
    return false;
  }

  const std::vector<std::string>& columns() const { return columns_; }

  std::runtime_error error(const std::string& what) const {
    return std::runtime_error(fmt::format("{}:{}: {}", file_.string(), number_, what));
  }

  /// The column as a number from 1 on, of which the product of two and 2 fits into 64 bits.
  int64_t number(size_t column, const char* what) const {
    constexpr int64_t kMost = 1000000000;
    const std::string& text = columns_[column];
    int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value < 1 || value > kMost) {
      throw error(fmt::format("expected {}, a number from 1 to {}, got \"{}\"", what, kMost, text));
    }
    return value;
  }

 private:
  fs::path file_;
  std::istringstream in_;
  int64_t number_ = 0;
  std::vector<std::string> columns_;
};

/// Gives each image file a number when it is first named.
class ImageNumbers {
 public:
  ImageNumbers(fs::path folder, std::string extension)
      : folder_(std::move(folder)), extension_(std::move(extension)) {}

  int64_t number(const std::string& name, int64_t image) {
    const auto [found, is_new] = numbers_.emplace(std::pair{name, image}, images_.size());
    if (is_new)
      images_.push_back(folder_ / name / fmt::format("{}_{:04}{}", name, image, extension_));
    return static_cast<int64_t>(found->second);
  }

  std::vector<fs::path> images() const { return images_; }

 private:
  fs::path folder_;
  std::string extension_;
  std::map<std::pair<std::string, int64_t>, size_t> numbers_;
  std::vector<fs::path> images_;
};

ImagePair read_pair(const Lines& lines, bool same, int64_t fold, ImageNumbers& images) {
  const auto& columns = lines.columns();
  if (columns.size() != (same ? 3u : 4u)) {
    throw lines.error(
        fmt::format(same ? "expected 3 columns, \"<name> <i> <j>\", got {}"
                         : "expected 4 columns, \"<name> <i> <other name> <j>\", got {}",
                    columns.size()));
  }
  const std::string& other = columns[same ? 0 : 2];
  const int64_t i = lines.number(1, "an image"), j = lines.number(same ? 2 : 3, "an image");
  if (!same && other == columns[0]) {
    throw lines.error(fmt::format("expected two people, got {} twice", other));
  }
  if (same && i == j) throw lines.error(fmt::format("expected two images, got {} twice", i));
  const int64_t first = images.number(columns[0], i);
  return {first, images.number(other, j), same, fold};
}

}  // namespace

FacePairs read_pairs(const fs::path& file, const fs::path& images, const std::string& extension) {
  Lines lines(file);
  if (!lines.next() || lines.columns().size() != 2) {
    throw lines.error("expected \"<folds> <pairs of one person in each>\"");
  }
  const int64_t folds = lines.number(0, "the folds");
  const int64_t count = lines.number(1, "the pairs in a fold");
  ImageNumbers numbers(images, extension);
  std::vector<ImagePair> pairs;
  for (int64_t fold = 0; fold < folds; ++fold) {
    for (int64_t i = 0; i < 2 * count; ++i) {
      if (!lines.next()) {
        throw lines.error(fmt::format("expected {} pairs, the file ends after {}",
                                      2 * folds * count, pairs.size()));
      }
      pairs.push_back(read_pair(lines, i < count, fold, numbers));
    }
  }
  if (lines.next()) {
    throw lines.error(fmt::format("expected the end after {} pairs", pairs.size()));
  }
  return {numbers.images(), std::move(pairs)};
}

}  // namespace gmtrain
