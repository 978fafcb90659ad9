// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/score_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace gmtrain {
namespace {

template <typename T>
std::vector<T> pick(const std::vector<T>& from, const std::vector<int64_t>& places) {
  std::vector<T> picked;
  if (from.empty()) return picked;
  picked.reserve(places.size());
  for (const int64_t place : places) picked.push_back(from[place]);
  return picked;
}

}  // namespace

std::vector<double>& ScoreTable::score(const std::string& name) {
  for (auto& [known, values] : scores) {
    if (known == name) return values;
  }
  return scores.emplace_back(name, std::vector<double>()).second;
}

const std::vector<double>* ScoreTable::find(const std::string& name) const {
  const auto found = std::find_if(scores.begin(), scores.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == scores.end() ? nullptr : &found->second;
}

const std::vector<double>& ScoreTable::score(const std::string& name) const {
  const auto* values = find(name);
  if (!values) throw std::out_of_range(fmt::format("{}: no score {}", set, name));
  return *values;
}

std::vector<bool> ScoreTable::correct() const {
  std::vector<bool> verdicts;
  std::transform(predicted.begin(), predicted.end(), label.begin(), std::back_inserter(verdicts),
                 [](int64_t a, int64_t b) { return a == b; });
  return verdicts;
}

ScoreTable ScoreTable::rows(const std::vector<int64_t>& places) const {
  ScoreTable picked{set,
                    pick(image, places),
                    pick(label, places),
                    pick(predicted, places),
                    {},
                    pick(posterior, places),
                    pick(distance, places),
                    pick(energy, places),
                    pick(doubt, places),
                    pick(accepted_up_to, places),
                    pick(features, places)};
  for (const auto& [name, values] : scores) picked.scores.emplace_back(name, pick(values, places));
  return picked;
}

double rank_p_value(const std::vector<double>& ascending, double score) {
  const auto above = std::upper_bound(ascending.begin(), ascending.end(), score);
  return (1.0 + static_cast<double>(above - ascending.begin())) /
         (1.0 + static_cast<double>(ascending.size()));
}

std::string scores_csv(const std::vector<ScoreTable>& tables) {
  fmt::memory_buffer csv;
  const auto out = std::back_inserter(csv);
  fmt::format_to(out, "{}\n", kScoresHeader);
  for (const ScoreTable& table : tables) {
    for (int64_t i = 0; i < table.size(); ++i) {
      fmt::format_to(out, "{},{},{},{}", table.set, table.image[i], table.label[i],
                     table.predicted[i]);
      for (const char* name : {"log_likelihood", "log_density", "neg_log_error", "p_value"}) {
        const auto* values = table.find(name);
        values ? fmt::format_to(out, ",{:.9g}", (*values)[i]) : fmt::format_to(out, ",");
      }
      for (const auto* values : {&table.distance, &table.energy, &table.doubt}) {
        values->empty() ? fmt::format_to(out, ",") : fmt::format_to(out, ",{:.9g}", (*values)[i]);
      }
      fmt::format_to(out, "\n");
    }
  }
  return fmt::to_string(csv);
}

std::string features_csv(const std::vector<ScoreTable>& tables) {
  fmt::memory_buffer csv;
  const auto out = std::back_inserter(csv);
  fmt::format_to(out, "set,label,x,y\n");
  for (const ScoreTable& table : tables) {
    for (size_t i = 0; i < table.features.size(); ++i) {
      fmt::format_to(out, "{},{},{:.7g},{:.7g}\n", table.set, table.label[i], table.features[i][0],
                     table.features[i][1]);
    }
  }
  return fmt::to_string(csv);
}

}  // namespace gmtrain
