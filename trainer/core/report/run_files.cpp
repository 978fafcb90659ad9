// SPDX-License-Identifier: Apache-2.0
#include "core/report/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "core/files/input_file.hpp"
#include "core/files/json_text.hpp"

namespace gmtrain::report {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

constexpr std::array<const char*, 4> kScores{"log_likelihood", "log_density", "neg_log_error",
                                             "p_value"};
constexpr size_t kFirstScore = 4;  // the column of the first

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

/// Calls `visit` with each line below the header.
/// @throws std::runtime_error naming the file if its header is not `header` or a line has another
///                            number of cells
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

void require(const fs::path& file) {
  if (fs::exists(file)) return;
  throw std::runtime_error(fmt::format("{} is missing: run gmtrain evaluate {} first",
                                       file.string(), file.parent_path().string()));
}

/// Adds a value to a column of the table's last image. All images of a set have one, or none.
/// @param values null if the table has no such column yet
void add_value(ScoreTable& table, const CsvLine& line, size_t column, const char* name,
               const std::vector<double>* values,
               const std::function<std::vector<double>&()>& made) {
  const bool known = values && !values->empty();
  if (known == line.empty(column) && table.size() > 1) {
    line.fail(fmt::format("expected {} {}, as in the set's lines before",
                          known ? "a value of" : "no", name));
  }
  if (!line.empty(column)) made().push_back(line.number(column));
}

void add_values(ScoreTable& table, const CsvLine& line) {
  size_t column = kFirstScore;
  for (const char* name : kScores) {
    add_value(table, line, column++, name, table.find(name),
              [&]() -> std::vector<double>& { return table.score(name); });
  }
  for (const auto& [name, values] : {std::pair{"distance", &table.distance},
                                     {"energy", &table.energy},
                                     {"doubt", &table.doubt}}) {
    add_value(table, line, column++, name, values,
              [values = values]() -> std::vector<double>& { return *values; });
  }
}

void check(const ScoreTable& table, const fs::path& file) {
  for (const char* name : {"log_likelihood", "neg_log_error"}) {
    if (table.find(name)) continue;
    throw std::runtime_error(
        fmt::format("{}: expected the score {} of the set {}", file.string(), name, table.set));
  }
}

void add_record(std::vector<Curve>& curves, const json& record) {
  const auto step = record.at("step").get<double>();
  for (const auto& [name, value] : record.items()) {
    if (name == "step") continue;
    auto curve = std::find_if(curves.begin(), curves.end(),
                              [&, &wanted = name](const Curve& c) { return c.first == wanted; });
    if (curve == curves.end()) curve = curves.insert(curve, {name, {}});
    const double number =
        value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    curve->second.push_back({step, number});
  }
}

}  // namespace

json read_evaluation(const fs::path& file) {
  require(file);
  try {
    auto figures = read_json(file);
    figures.at("recipe").get_ref<const std::string&>();
    figures.at("loss").get_ref<const std::string&>();
    figures.at("classification").at("aurc").get<double>();
    return figures;
  } catch (const json::exception& error) {
    throw std::runtime_error(
        fmt::format("{}: expected what gmtrain evaluate writes: {}", file.string(), error.what()));
  }
}

std::string likelihood_name(const json& evaluation) {
  return evaluation.contains("calibration") ? "likelihood" : "winning affinity";
}

json read_verification(const fs::path& file, const json& evaluation) {
  if (!fs::exists(file)) return nullptr;
  try {
    auto figures = read_json(file);
    for (const auto& [name, score] : figures.at("scores").items()) {
      score.at("accuracy").get<double>();
      score.at("roc").get<std::vector<std::array<double, 2>>>();
    }
    for (const char* fact : {"recipe", "loss", "seed", "epochs"}) {
      if (figures.at(fact) == evaluation.at(fact)) continue;
      throw std::runtime_error(
          fmt::format("{}: expected {} {}, as in the evaluation beside it, found {}: run gmtrain "
                      "verify again",
                      file.string(), fact, evaluation.at(fact).dump(), figures.at(fact).dump()));
    }
    return figures;
  } catch (const json::exception& error) {
    throw std::runtime_error(
        fmt::format("{}: expected what gmtrain verify writes: {}", file.string(), error.what()));
  }
}

std::vector<ScoreTable> read_scores(const fs::path& file) {
  require(file);
  std::vector<ScoreTable> tables;
  read_csv(file, kScoresHeader, [&](const CsvLine& line) {
    if (tables.empty() || tables.back().set != line.text(0)) {
      for (const ScoreTable& table : tables) {
        if (table.set == line.text(0)) line.fail("expected a new set, found more of " + table.set);
      }
      tables.emplace_back().set = line.text(0);
    }
    ScoreTable& table = tables.back();
    table.image.push_back(line.integer(1));
    table.label.push_back(line.integer(2));
    table.predicted.push_back(line.integer(3));
    add_values(table, line);
  });
  if (tables.empty() || tables.front().set != "clean") {
    throw std::runtime_error(fmt::format("{}: expected the set clean first", file.string()));
  }
  for (ScoreTable& table : tables) {
    check(table, file);
    for (const double value : table.score("neg_log_error")) {
      table.posterior.push_back(-std::expm1(-value));
    }
  }
  return tables;
}

std::vector<Embedding> read_features(const fs::path& file) {
  std::vector<Embedding> sets;
  if (!fs::exists(file)) return sets;
  read_csv(file, "set,label,x,y", [&](const CsvLine& line) {
    if (sets.empty() || sets.back().set != line.text(0)) sets.emplace_back().set = line.text(0);
    sets.back().label.push_back(line.integer(1));
    sets.back().points.push_back({line.number(2), line.number(3)});
  });
  return sets;
}

std::vector<Curve> read_metrics(const fs::path& file) {
  std::vector<Curve> curves;
  if (!fs::exists(file)) return curves;
  std::istringstream lines(read_file(file));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    try {
      add_record(curves, json::parse(line));
    } catch (const json::exception& error) {
      throw std::runtime_error(fmt::format("{}:{}: expected a JSON object of numbers: {}",
                                           file.string(), number, error.what()));
    }
  }
  return curves;
}

}  // namespace gmtrain::report
