#include "core/report/acceptance.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gmtrain::report {
namespace {

constexpr size_t kThresholds = 500;  // of the clean images, and of the others

/// Where a threshold can be.
std::vector<double> finite_ascending(std::vector<double> values) {
  values.erase(
      std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }),
      values.end());
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<double> thresholds_of(const std::vector<ScoreTable>& tables, const std::string& score) {
  std::vector<double> others;
  for (size_t i = 1; i < tables.size(); ++i) {
    const auto& values = tables[i].score(score);
    others.insert(others.end(), values.begin(), values.end());
  }
  auto found = quantiles(finite_ascending(tables[0].score(score)), kThresholds);
  const auto more = quantiles(finite_ascending(std::move(others)), kThresholds);
  found.insert(found.end(), more.begin(), more.end());
  if (score == "p_value") found.insert(found.end(), {0.01, 0.05});
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// How many of `values` are at least each threshold.
std::vector<int64_t> at_least(std::vector<double> values, const std::vector<double>& thresholds) {
  std::sort(values.begin(), values.end());
  std::vector<int64_t> counts;
  for (const double threshold : thresholds) {
    counts.push_back(values.end() - std::lower_bound(values.begin(), values.end(), threshold));
  }
  return counts;
}

AcceptedCounts counts_of(const ScoreTable& table, const std::string& score,
                         const std::vector<double>& thresholds) {
  const auto& values = table.score(score);
  std::vector<double> wrong;
  for (int64_t i = 0; i < table.size(); ++i) {
    if (table.predicted[i] != table.label[i]) wrong.push_back(values[i]);
  }
  return {table.set, table.size(), at_least(values, thresholds), at_least(wrong, thresholds)};
}

}  // namespace

std::vector<double> quantiles(const std::vector<double>& ascending, size_t count) {
  if (ascending.size() <= count) return ascending;
  std::vector<double> picked;
  for (size_t i = 0; i < count; ++i) {
    picked.push_back(ascending[i * (ascending.size() - 1) / (count - 1)]);
  }
  return picked;
}

std::vector<ScoreThresholds> acceptance(const std::vector<ScoreTable>& tables) {
  if (tables.empty()) throw std::invalid_argument("acceptance: expected at least one table");
  std::vector<ScoreThresholds> all;
  for (const auto& [score, values] : tables[0].scores) {
    const bool everywhere =
        std::all_of(tables.begin(), tables.end(),
                    [&, &name = score](const ScoreTable& table) { return table.find(name); });
    if (!everywhere) continue;
    ScoreThresholds made{score, thresholds_of(tables, score), {}};
    if (made.thresholds.empty()) continue;
    for (const ScoreTable& table : tables) {
      made.sets.push_back(counts_of(table, score, made.thresholds));
    }
    all.push_back(std::move(made));
  }
  return all;
}

}  // namespace gmtrain::report
