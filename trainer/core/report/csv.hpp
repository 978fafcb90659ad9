// Files of comma-separated values as the trainer writes them: no quotes, one header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gmtrain::report {

/// One line of a file; errors name both.
class CsvLine {
 public:
  CsvLine(const std::string& file, int64_t number, const std::vector<std::string_view>& cells)
      : file_(file), number_(number), cells_(cells) {}

  std::string text(size_t column) const { return std::string(cells_[column]); }
  bool empty(size_t column) const { return cells_[column].empty(); }
  /// @throws std::runtime_error where there is no whole number
  int64_t integer(size_t column) const;
  /// Infinite or not. @throws std::runtime_error where there is no number, and for a NaN
  double number(size_t column) const;
  [[noreturn]] void fail(const std::string& message) const;

 private:
  const std::string& file_;
  int64_t number_;
  const std::vector<std::string_view>& cells_;
};

/// Calls `visit` with each line below the header.
/// @throws std::runtime_error naming the file if its header is not `header` or a line has another
///                            number of cells
void read_csv(const std::filesystem::path& file, const std::string& header,
              const std::function<void(const CsvLine&)>& visit);

}  // namespace gmtrain::report
