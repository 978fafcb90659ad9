#include "core/report/comparable.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/report/run_labels.hpp"

namespace gmtrain::report {
namespace {

/// Which part of a data set's classes was trained, ", 7 of 10 classes"; empty for all.
std::string part_of_classes(const nlohmann::ordered_json& facts) {
  const auto unseen = facts.value("unseen_classes", int64_t{0});
  if (unseen == 0) return "";
  const auto trained = facts.at("classes").get<int64_t>();
  return fmt::format(", {} of {} classes", trained, trained + unseen);
}

/// ", 7 of 10 classes" as "-7-of-10-classes".
std::string for_files(std::string part) {
  part.erase(0, part.empty() ? 0 : 1);
  std::replace(part.begin(), part.end(), ' ', '-');
  return part;
}

void add_labels(Comparable& runs) {
  std::vector<std::string> losses;
  for (const RunGroup* group : runs.groups) losses.push_back(loss_label(group->facts()));
  for (size_t i = 0; i < losses.size(); ++i) {
    const auto& facts = runs.groups[i]->facts();
    const bool alone = std::count(losses.begin(), losses.end(), losses[i]) == 1;
    runs.labels.push_back(alone ? losses[i]
                                : fmt::format("{}: {} ({})", losses[i],
                                              facts.at("recipe").get<std::string>(),
                                              setting_label(facts)));
  }
}

}  // namespace

std::vector<Comparable> comparable(const std::vector<RunGroup>& groups) {
  std::vector<Comparable> all;
  for (const RunGroup& group : groups) {
    const auto features = group.facts().at("features").get<int64_t>();
    if (features <= 2) continue;
    const auto data = group.facts().at("data").get<std::string>();
    const std::string part = part_of_classes(group.facts());
    const std::string key = fmt::format("{}{}-{}d", data, for_files(part), features);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.key == key; });
    Comparable& runs =
        found != all.end()
            ? *found
            : all.emplace_back(Comparable{
                  fmt::format("{}{}, {}-D", data_label(data), part, features), key, {}, {}});
    runs.groups.push_back(&group);
  }
  for (Comparable& runs : all) add_labels(runs);
  return all;
}

std::vector<std::string> names_in(const Comparable& runs, const std::string& path) {
  std::vector<std::string> names;
  for (const RunGroup* group : runs.groups) {
    for (const RunResult& run : group->runs) {
      const auto* object = value_at(run.figures, path);
      if (!object) continue;
      for (const auto& [name, value] : object->items()) {
        if (std::count(names.begin(), names.end(), name) == 0) names.push_back(name);
      }
    }
  }
  return names;
}

const nlohmann::ordered_json* common_value(const Comparable& runs, const std::string& path) {
  const nlohmann::ordered_json* common = nullptr;
  for (const RunGroup* group : runs.groups) {
    for (const RunResult& run : group->runs) {
      const auto* value = value_at(run.figures, path);
      if (value && common && *value != *common) return nullptr;
      if (value) common = value;
    }
  }
  return common;
}

}  // namespace gmtrain::report
