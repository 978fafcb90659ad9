#include "core/report/pairs_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/report/comparable.hpp"
#include "core/report/paper.hpp"
#include "core/report/run_labels.hpp"

namespace gmtrain::report {
namespace {

const std::string kScores = "verification/scores";

std::string cell(const RunGroup& group, const std::string& path, int decimals) {
  const auto estimate = group.estimate(path);
  return estimate ? to_text(*estimate, decimals) : kMissing;
}

std::string note_of(const Comparable& runs) {
  const std::string note =
      "Standard error: of the mean accuracy over the folds of one run. TAR: share of genuine pairs "
      "accepted where the share FAR of impostor pairs is.";
  const auto* pairs = common_value(runs, "verification/pairs");
  if (!pairs) return note;
  return fmt::format("{} genuine and {} impostor pairs, {} folds. {}", pairs->at("genuine").dump(),
                     pairs->at("impostor").dump(), pairs->at("folds").dump(), note);
}

Table table_of(const Comparable& runs, const std::vector<std::string>& scores) {
  Table table{runs.title + ": verification of pairs",
              {"", "accuracy (%)", "standard error", "EER (%)", "AUROC"},
              {},
              note_of(runs)};
  std::vector<std::string> rates;
  for (const std::string& score : scores) {
    for (auto& rate : names_in(runs, fmt::format("{}/{}/tar_at_far", kScores, score))) {
      if (std::count(rates.begin(), rates.end(), rate) == 0) rates.push_back(std::move(rate));
    }
  }
  for (const std::string& rate : rates) table.columns.push_back("TAR at FAR " + rate);
  table.columns.push_back("seeds");
  for (size_t i = 0; i < runs.groups.size(); ++i) {
    const RunGroup& group = *runs.groups[i];
    for (const std::string& score : scores) {
      const std::string path = fmt::format("{}/{}/", kScores, score);
      const auto accuracy = group.estimate(path + "accuracy");
      if (!accuracy) continue;
      std::vector<std::string> row{runs.labels[i] + ", " + score, to_text(*accuracy, 2),
                                   cell(group, path + "standard_error", 2),
                                   cell(group, path + "eer", 2), cell(group, path + "auroc", 4)};
      for (const std::string& rate : rates) {
        row.push_back(cell(group, path + "tar_at_far/" + rate, 4));
      }
      row.push_back(std::to_string(accuracy->count));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace

std::vector<Table> pairs_tables(const std::vector<RunGroup>& groups) {
  std::vector<Table> tables;
  for (const Comparable& runs : comparable(groups)) {
    const auto scores = names_in(runs, kScores);
    if (!scores.empty()) tables.push_back(table_of(runs, scores));
  }
  return tables;
}

}  // namespace gmtrain::report
