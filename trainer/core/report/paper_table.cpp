#include "core/report/paper_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/report/paper.hpp"
#include "core/report/run_labels.hpp"

namespace gmtrain::report {
namespace {

constexpr int kDecimals = 2;  ///< of our figures at least

/// What an experiment measured of a cell.
struct Hit {
  const RunGroup* group;
  Estimate estimate;
};
using Hits = std::vector<std::vector<Hit>>;  ///< of each column

std::string description(const RunGroup& group) {
  const auto& facts = group.facts();
  const auto data = facts.at("data").get<std::string>();
  std::string text = fmt::format("{}, {}", setting_label(facts), data_label(data));
  const auto remark = paper().remarks.find(data);
  if (remark != paper().remarks.end()) text += fmt::format(" ({})", remark->second);
  text += augmentation_label(facts);
  const auto held_out = facts.value("held_out_images", int64_t{0});
  return held_out > 0 ? fmt::format("{}, {} training images held out", text, held_out) : text;
}

Hits hits_of(const std::vector<PaperCell>& row, const std::vector<RunGroup>& groups) {
  Hits hits;
  for (const PaperCell& cell : row) {
    auto& column = hits.emplace_back();
    for (const RunGroup& group : groups) {
      if (!belongs(group.facts(), cell)) continue;
      if (const auto estimate = group.estimate(cell.path)) column.push_back({&group, *estimate});
    }
  }
  return hits;
}

/// How many rows it takes to show all experiments: 0 if there are none.
size_t depth_of(const Hits& hits) {
  size_t depth = 0;
  for (const auto& column : hits) depth = std::max(depth, column.size());
  return depth;
}

/// What tells the experiments of this row from those of the next.
std::string distinction(const Hits& hits, size_t row) {
  std::vector<std::string> names;
  for (const auto& column : hits) {
    if (column.size() < 2 || row >= column.size()) continue;
    const auto& facts = column[row].group->facts();
    const std::string name =
        fmt::format("{} ({})", facts.at("recipe").get<std::string>(), setting_label(facts));
    if (std::count(names.begin(), names.end(), name) == 0) names.push_back(name);
  }
  return names.empty() ? "" : fmt::format(": {}", fmt::join(names, ", "));
}

std::string ours(const Hit& hit, const PaperCell& cell) {
  return fmt::format("{} ({})",
                     to_text(hit.estimate, std::max(kDecimals, cell.decimals), cell.scale),
                     seeds_label(hit.estimate.count));
}

void add_rows(Table& table, const std::string& label, const std::vector<PaperCell>& cells,
              const Hits& hits) {
  const size_t depth = std::max<size_t>(1, depth_of(hits));
  for (size_t i = 0; i < depth; ++i) {
    std::vector<std::string> row{label + distinction(hits, i)};
    for (size_t c = 0; c < cells.size(); ++c) {
      const bool there = i < hits[c].size();
      row.push_back(there ? ours(hits[c][i], cells[c]) : kMissing);
      // The paper's figure once, and beside each of ours.
      row.push_back(there || i == 0 ? cells[c].paper : kMissing);
    }
    table.rows.push_back(std::move(row));
  }
}

/// What was trained; of several settings each with its recipes.
std::string note_of(const std::vector<const RunGroup*>& groups) {
  std::map<std::string, std::vector<std::string>> settings;
  for (const RunGroup* group : groups) {
    auto& recipes = settings[description(*group)];
    const auto recipe = group->facts().at("recipe").get<std::string>();
    if (std::count(recipes.begin(), recipes.end(), recipe) == 0) recipes.push_back(recipe);
  }
  if (settings.size() == 1) return settings.begin()->first;
  std::vector<std::string> parts;
  for (const auto& [setting, recipes] : settings) {
    parts.push_back(fmt::format("{} ({})", setting, fmt::join(recipes, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

Table empty_table(const PaperTable& paper_table) {
  Table table{paper_table.title, {""}, {}, ""};
  for (const std::string& column : paper_table.columns) {
    table.columns.push_back(column + ", here");
    table.columns.push_back(column + ", paper");
  }
  return table;
}

/// Takes out columns of the paper that no run has a figure for.
void drop_missing(Table& table) {
  for (size_t ours = table.columns.size() - 2; ours >= 1; ours -= 2) {
    const bool missing = std::all_of(table.rows.begin(), table.rows.end(),
                                     [&](const auto& row) { return row[ours] == kMissing; });
    const auto place = static_cast<std::ptrdiff_t>(ours);
    const auto erase = [&](auto& cells) {
      cells.erase(cells.begin() + place, cells.begin() + place + 2);
    };
    if (missing) {
      erase(table.columns);
      for (auto& row : table.rows) erase(row);
    }
    if (ours == 1) break;
  }
}

enum class Rows { all, measured };

/// Without rows if no run belongs to it.
Table against_paper(const PaperTable& paper_table, const std::vector<RunGroup>& groups, Rows rows) {
  Table table = empty_table(paper_table);
  std::vector<const RunGroup*> used;
  for (size_t r = 0; r < paper_table.rows.size(); ++r) {
    const Hits hits = hits_of(paper_table.rows[r], groups);
    if (rows == Rows::measured && depth_of(hits) == 0) continue;
    add_rows(table, paper_table.labels[r], paper_table.rows[r], hits);
    for (const auto& column : hits) {
      for (const Hit& hit : column) used.push_back(hit.group);
    }
  }
  if (used.empty()) {
    table.rows.clear();
    return table;
  }
  if (rows == Rows::measured) drop_missing(table);
  table.note = fmt::format("{}: {}. {}", rows == Rows::measured ? "This run" : "Here",
                           note_of(used), paper_table.note);
  return table;
}

std::vector<Table> tables(const std::vector<RunGroup>& groups, Rows rows) {
  std::vector<Table> made;
  for (const PaperTable& paper_table : paper().tables) {
    Table table = against_paper(paper_table, groups, rows);
    if (!table.rows.empty()) made.push_back(std::move(table));
  }
  return made;
}

}  // namespace

std::vector<Table> tables_against_paper(const std::vector<RunGroup>& groups) {
  return tables(groups, Rows::all);
}

std::vector<Table> run_against_paper(const RunResult& run) {
  return tables({RunGroup{{run}}}, Rows::measured);
}

std::vector<std::string> tables_not_run(const std::vector<RunGroup>& groups) {
  std::vector<std::string> titles;
  for (const PaperTable& paper_table : paper().tables) {
    if (against_paper(paper_table, groups, Rows::all).rows.empty()) {
      titles.push_back(paper_table.title);
    }
  }
  return titles;
}

}  // namespace gmtrain::report
