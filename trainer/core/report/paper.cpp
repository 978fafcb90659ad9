#include "core/report/paper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/report/asset.hpp"
#include "core/report/run_group.hpp"

namespace gmtrain::report {
namespace {

using json = nlohmann::json;

std::string value_text(const json& value, int decimals) {
  if (value.is_null()) return kMissing;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return fmt::format("{:.{}f}", value.get<double>(), decimals);
  const auto [mean, deviation] = value.get<std::array<double, 2>>();
  return fmt::format("{:.{}f} ± {:.{}f}", mean, decimals, deviation, decimals);
}

/// What column and row say of a cell, over what the table says.
PaperCell cell_of(const json& table, const json& column, const json& row, const json& value) {
  json all{{"scale", 1}};
  PaperCell cell;
  for (const json* part : {&table, &column, &row}) {
    for (const char* key : {"path", "scale", "decimals"}) {
      if (part->contains(key)) all[key] = part->at(key);
    }
    const json facts = part->value("match", json::object());
    for (const auto& [fact, wanted] : facts.items()) cell.match[fact] = wanted;
  }
  all.at("path").get_to(cell.path);
  all.at("scale").get_to(cell.scale);
  all.at("decimals").get_to(cell.decimals);
  cell.paper = value_text(value, cell.decimals);
  return cell;
}

void add_row(PaperTable& made, const json& table, const json& row) {
  const auto &columns = table.at("columns"), &values = row.at("paper");
  made.labels.push_back(row.at("label").get<std::string>());
  if (values.size() != columns.size()) {
    throw std::runtime_error(fmt::format("row \"{}\": expected {} values of the paper, found {}",
                                         made.labels.back(), columns.size(), values.size()));
  }
  auto& cells = made.rows.emplace_back();
  for (size_t i = 0; i < columns.size(); ++i) {
    cells.push_back(cell_of(table, columns[i], row, values[i]));
  }
}

PaperTable table_of(const json& table) {
  PaperTable made;
  table.at("title").get_to(made.title);
  table.at("note").get_to(made.note);
  for (const json& column : table.at("columns")) {
    made.columns.push_back(column.at("header").get<std::string>());
  }
  for (const json& row : table.at("rows")) add_row(made, table, row);
  return made;
}

}  // namespace

Paper parse_paper(std::string_view text) {
  std::string place = "paper.json";
  try {
    const json all = json::parse(text);
    Paper made;
    all.at("source").get_to(made.source);
    all.at("data").get_to(made.data);
    all.at("remarks").get_to(made.remarks);
    for (const json& table : all.at("tables")) {
      place = fmt::format("paper.json, \"{}\"", table.value("title", "a table without a title"));
      made.tables.push_back(table_of(table));
    }
    return made;
  } catch (const std::exception& error) {
    throw std::runtime_error(place + ": " + error.what());
  }
}

const Paper& paper() {
  static const Paper parsed = parse_paper(asset("paper.json"));
  return parsed;
}

bool belongs(const nlohmann::ordered_json& facts, const PaperCell& cell) {
  return std::all_of(cell.match.begin(), cell.match.end(), [&](const auto& entry) {
    const auto& [path, wanted] = entry;
    const auto* found = value_at(facts, path);
    if (!found) return false;
    const json fact = json::parse(found->dump());
    return wanted.is_array() ? std::count(wanted.begin(), wanted.end(), fact) != 0 : wanted == fact;
  });
}

}  // namespace gmtrain::report
