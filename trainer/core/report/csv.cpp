#include "core/report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "core/files/atomic_file.hpp"

namespace gmtrain::report {
namespace {

void split(std::string_view line, std::vector<std::string_view>& cells) {
  cells.clear();
  for (size_t comma = line.find(','); comma != std::string_view::npos; comma = line.find(',')) {
    cells.push_back(line.substr(0, comma));
    line.remove_prefix(comma + 1);
  }
  cells.push_back(line);
}

template <class T>
T parsed(const CsvLine& line, size_t column, const char* expected) {
  const std::string cell = line.text(column);
  T value{};
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) {
    line.fail(fmt::format("expected {} in column {}, found \"{}\"", expected, column + 1, cell));
  }
  return value;
}

}  // namespace

int64_t CsvLine::integer(size_t column) const {
  return parsed<int64_t>(*this, column, "a whole number");
}

double CsvLine::number(size_t column) const {
  const auto value = parsed<double>(*this, column, "a number");
  if (std::isnan(value)) fail(fmt::format("expected a number in column {}, found NaN", column + 1));
  return value;
}

void CsvLine::fail(const std::string& message) const {
  throw std::runtime_error(fmt::format("{}:{}: {}", file_, number_, message));
}

void read_csv(const std::filesystem::path& file, const std::string& header,
              const std::function<void(const CsvLine&)>& visit) {
  const std::string contents = read_file(file), name = file.string();
  const auto columns = static_cast<size_t>(std::count(header.begin(), header.end(), ',')) + 1;
  std::string_view rest = contents;
  std::vector<std::string_view> cells;
  for (int64_t number = 1; number == 1 || !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    split(rest.substr(0, end), cells);
    const CsvLine line(name, number, cells);
    if (number == 1 && rest.substr(0, end) != header) {
      line.fail(fmt::format("expected the header \"{}\"", header));
    }
    if (cells.size() != columns) {
      line.fail(fmt::format("expected {} columns, found {}", columns, cells.size()));
    }
    if (number > 1) visit(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace gmtrain::report
