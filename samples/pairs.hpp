// Files that list pairs of images of the same or of different people.
#pragma once

#include <algorithm>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/filesystem.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace samples {

struct Pair {
  std::string first, second;  ///< files
  bool same;
  int fold;
};

/// The columns of a line: divided by tabs, between which there may be spaces; by spaces where there
/// are no tabs. The mark that some programs begin a file of UTF-8 with is left out.
inline std::vector<std::string> columns_of(const std::string& line) {
  const char* const spaces = " \t\r";
  const std::string dividers = line.find('\t') == std::string::npos ? spaces : "\t";
  const std::string mark = "\xef\xbb\xbf";
  std::vector<std::string> columns;
  size_t at = line.compare(0, mark.size(), mark) == 0 ? mark.size() : 0;
  while (at < line.size()) {
    const size_t end = std::min(line.find_first_of(dividers, at), line.size());
    const std::string column = line.substr(at, end - at);
    const size_t first = column.find_first_not_of(spaces);
    if (first != std::string::npos) {
      columns.push_back(column.substr(first, column.find_last_not_of(spaces) + 1 - first));
    }
    at = end + 1;
  }
  return columns;
}

/// Reads the pairs of a file in either of two forms.
///
/// That of LFW's pairs.txt begins with a line of the number of folds and that of pairs of each kind
/// in a fold, or of the latter alone; then come, for each fold, lines `name i j` for two images of
/// a person and lines `name i other j` for images of two. The other form is a line `file file 1`
/// (same) or `file file 0` for each pair. Columns are divided as columns_of() says.
class PairsFile {
 public:
  /// @param folder  where the images lie
  PairsFile(const std::string& file, const std::string& folder) : file_(file), folder_(folder) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error(file + ": cannot be read");
    for (std::string line; std::getline(stream, line); ++line_) {
      const auto fields = columns_of(line);
      if (!fields.empty()) read(fields);
    }
    check_count();
    if (folds_ < 2) make_folds();
  }

  const std::vector<Pair>& pairs() const { return pairs_; }
  int folds() const { return folds_; }

 private:
  void read(const std::vector<std::string>& fields) {
    if (in_fold_ == 0 && pairs_.empty() && fields.size() <= 2) {
      folds_ = fields.size() == 2 ? number(fields[0]) : 1;
      in_fold_ = 2 * number(fields.back());
    } else if (in_fold_ > 0 && fields.size() == 3) {
      add({image(fields[0], fields[1]), image(fields[0], fields[2]), true, 0});
    } else if (in_fold_ > 0 && fields.size() == 4) {
      add({image(fields[0], fields[1]), image(fields[2], fields[3]), false, 0});
    } else if (in_fold_ == 0 && fields.size() == 3 && (fields[2] == "0" || fields[2] == "1")) {
      add({below(fields[0]), below(fields[1]), fields[2] == "1", 0});
    } else {
      fail(in_fold_ > 0 ? "`name number number` or `name number name number`"
                        : "`file file 1` or `file file 0`, divided by tabs if names have spaces");
    }
  }

  void add(Pair pair) {
    const int index = static_cast<int>(pairs_.size());
    if (in_fold_ > 0) {
      if (pair.same != (index % in_fold_ < in_fold_ / 2)) {
        fail(pair.same ? "a pair of different people" : "a pair of the same person");
      }
      pair.fold = index / in_fold_;
    }
    pairs_.push_back(pair);
  }

  /// <name>/<name>_<number in four digits>, with whatever ending the file has.
  std::string image(const std::string& name, const std::string& field) {
    const std::string wanted = below(name) + '/' + name + cv::format("_%04d", number(field));
    std::vector<cv::String> found;
    if (cv::utils::fs::isDirectory(below(name))) cv::glob(wanted + ".*", found);
    if (found.empty()) fail("an image " + wanted + ".*");
    return found[0];
  }

  std::string below(const std::string& name) const {
    return name[0] == '/' ? name : folder_ + '/' + name;
  }

  int number(const std::string& field) {
    const bool digits = field.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || field.size() > 8 || std::stoi(field) < 1) fail("a number instead of " + field);
    return std::stoi(field);
  }

  [[noreturn]] void fail(const std::string& expected) const {
    throw std::runtime_error(
        cv::format("%s, line %d: expected %s", file_.c_str(), line_, expected.c_str()));
  }

  void check_count() const {
    const int64_t expected = int64_t{folds_} * in_fold_;
    if (in_fold_ > 0 && static_cast<int64_t>(pairs_.size()) != expected) {
      throw std::runtime_error(file_ + ": expected " + std::to_string(expected) +
                               " pairs as its first line says, found " +
                               std::to_string(pairs_.size()));
    }
  }

  /// Ten folds, or fewer so that each has pairs of both kinds.
  void make_folds() {
    int count[2] = {0, 0};
    for (Pair& pair : pairs_) pair.fold = count[pair.same]++;
    folds_ = std::min({10, count[0], count[1]});
    if (folds_ < 2) {
      throw std::runtime_error(file_ +
                               ": expected at least two pairs of the same person and two of "
                               "different people");
    }
    for (Pair& pair : pairs_) pair.fold %= folds_;
  }

  std::string file_, folder_;
  std::vector<Pair> pairs_;
  int line_ = 1, folds_ = 0, in_fold_ = 0;
};

}  // namespace samples
