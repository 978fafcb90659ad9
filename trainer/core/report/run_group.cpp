#include "core/report/run_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/files/atomic_file.hpp"
#include "core/report/run_files.hpp"
#include "core/report/run_labels.hpp"

namespace gmtrain::report {
namespace fs = std::filesystem;
namespace {

using json = nlohmann::ordered_json;

std::runtime_error fail(const std::string& source, const std::string& what) {
  return std::runtime_error(source + ": " + what);
}

void require(const RunResult& run, const char* key, bool (json::*is_kind)() const noexcept,
             const char* kind) {
  const auto found = run.figures.find(key);
  if (found == run.figures.end() || !((*found).*is_kind)()) {
    throw fail(run.source,
               fmt::format("expected {}, {}, as gmtrain evaluate writes it", key, kind));
  }
}

void check(const RunResult& run) {
  if (!run.figures.is_object()) throw fail(run.source, "expected a JSON object");
  for (const char* key : {"recipe", "loss", "data", "network", "measured_on"}) {
    require(run, key, &json::is_string, "a text");
  }
  for (const char* key : {"classes", "features", "seed", "epochs"}) {
    require(run, key, &json::is_number_integer, "an integer");
  }
  require(run, "test_error", &json::is_number, "a number");
  require(run, "settings", &json::is_object, "an object");
  if (run.figures["loss"] == "lgm") require(run, "alpha", &json::is_number, "a number");
  if (run.figures["measured_on"] != "test") {
    throw fail(run.source, "expected what was measured on test images, found " +
                               run.figures["measured_on"].get<std::string>());
  }
}

/// All settings but the seed, and which sets were measured, as text: equal for repetitions.
std::string experiment(const json& figures) {
  json settings = figures.at("settings");
  for (const auto& [table, key] :
       {std::pair{"evaluation", "attacks"}, {"evaluation", "post_hoc"}, {"data", "outliers"}}) {
    if (settings.contains(table)) settings[table].erase(key);
  }
  return figures.at("recipe").dump() + settings.dump();
}

int64_t seed_of(const RunResult& run) {
  return run.figures["seed"].get<int64_t>();
}

void sort_by_seed(std::vector<RunResult>& runs) {
  std::sort(runs.begin(), runs.end(),
            [](const auto& a, const auto& b) { return seed_of(a) < seed_of(b); });
  const auto twice = std::adjacent_find(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
    return seed_of(a) == seed_of(b);
  });
  if (twice != runs.end()) {
    throw fail(twice->source, fmt::format("expected a seed of its own, found seed {}, as in {}",
                                          seed_of(*twice), std::next(twice)->source));
  }
}

}  // namespace

const json* value_at(const json& figures, const std::string& path) {
  const json::json_pointer pointer("/" + path);
  return figures.contains(pointer) ? &figures.at(pointer) : nullptr;
}

std::optional<Estimate> RunGroup::estimate(const std::string& path) const {
  std::vector<double> values;
  for (const RunResult& run : runs) {
    const json* value = value_at(run.figures, path);
    if (!value || value->is_null()) continue;
    if (!value->is_number()) {
      throw fail(run.source,
                 fmt::format("{}: expected a number, found {}", path, value->type_name()));
    }
    values.push_back(value->get<double>());
  }
  if (values.empty()) return std::nullopt;
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  if (values.size() == 1) return Estimate{mean, std::nullopt, 1};
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return Estimate{mean, std::sqrt(squares / (count - 1)), static_cast<int64_t>(values.size())};
}

std::vector<RunResult> read_results(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw fail(folder.string(), "no such folder");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("seed-", 0) == 0 && entry.path().extension() == ".json") {
      files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    throw fail(folder.string(), "expected results as <recipe>/seed-<n>.json, found none");
  }
  std::sort(files.begin(), files.end());
  std::vector<RunResult> runs;
  for (const fs::path& file : files) {
    try {
      runs.push_back({file.string(), json::parse(read_file(file))});
    } catch (const json::exception& error) {
      throw fail(file.string(), error.what());
    }
    const auto name = "verification-" + file.filename().string();
    json& figures = runs.back().figures;
    auto pairs = read_verification(file.parent_path() / name, figures);
    if (!pairs.is_null()) figures["verification"] = std::move(pairs);
  }
  return runs;
}

std::vector<RunGroup> group_runs(std::vector<RunResult> runs) {
  std::map<std::string, std::vector<RunResult>> experiments;
  for (RunResult& run : runs) {
    check(run);
    experiments[experiment(run.figures)].push_back(std::move(run));
  }
  std::vector<RunGroup> groups;
  for (auto& [facts, repetitions] : experiments) {
    sort_by_seed(repetitions);
    groups.push_back({std::move(repetitions)});
  }
  std::stable_sort(groups.begin(), groups.end(), [](const RunGroup& a, const RunGroup& b) {
    return order_of(a.facts()) < order_of(b.facts());
  });
  return groups;
}

}  // namespace gmtrain::report
