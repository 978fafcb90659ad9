// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/recipe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "core/files/input_file.hpp"
#include "core/recipe/toml_values.hpp"
#include "core/recipe/typed_values.hpp"

namespace gmtrain {
namespace fs = std::filesystem;
namespace {

/// Levenshtein distance: the fewest insertions, deletions and substitutions from a to b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  // row[j] = distance of a's first i characters to b's first j.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

std::string with_article(const std::string& type) {
  return (type[0] == 'i' ? "an " : "a ") + type;
}

nlohmann::ordered_json to_json(const Scalar& scalar) {
  return std::visit([](const auto& x) { return nlohmann::ordered_json(x); }, scalar);
}

/// Of a value that is no table.
nlohmann::ordered_json to_json(const Value& value) {
  if (const auto* scalar = std::get_if<Scalar>(&value)) return to_json(*scalar);
  auto list = nlohmann::ordered_json::array();
  for (const Scalar& element : std::get<std::vector<Scalar>>(value))
    list.push_back(to_json(element));
  return list;
}

std::string parent_of(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

/// @param where what names the file, for messages
std::string read_recipe(const fs::path& file, const std::string& where) {
  constexpr size_t kMostBytes = 64 << 20;  // names of very many classes
  try {
    return read_file(file, kMostBytes);
  } catch (const std::runtime_error& error) {
    throw RecipeError(where + error.what());
  }
}

/// The entries of a recipe and, under them, those of its base. `ancestors` are the files that led
/// here, against a circle.
Entries read_with_base(std::string_view text, const std::string& source_name,
                       std::vector<fs::path> ancestors) {
  Entries entries = read_toml(text, source_name);
  const auto found = entries.find("base");
  if (found == entries.end()) return entries;
  const std::string where = found->second.location + ": base: ";
  std::string name;
  if (!read_value(found->second.value, name)) {
    throw RecipeError(where + "expected a string, found " + to_text(found->second.value));
  }
  const fs::path file = fs::path(source_name).parent_path() / name;
  entries.erase(found);

  ancestors.push_back(fs::weakly_canonical(source_name));
  if (std::count(ancestors.begin(), ancestors.end(), fs::weakly_canonical(file)) != 0) {
    throw RecipeError(where + "expected another recipe, found a circle back to " + file.string());
  }
  Entries merged = read_with_base(read_recipe(file, where), file.string(), ancestors);
  merge(merged, entries);
  return merged;
}

}  // namespace

struct Recipe::State {
  Entries entries;
  std::vector<Field> fields;
  std::set<std::string> sections;
  std::map<std::string, Value> answers;

  const Entry* find(const std::string& path) const {
    const auto it = entries.find(path);
    return it == entries.end() ? nullptr : &it->second;
  }

  const Field* field(const std::string& path) const {
    const auto it =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == path; });
    return it == fields.end() ? nullptr : &*it;
  }

  void record(Field asked) {
    if (!field(asked.key)) fields.push_back(std::move(asked));
  }

  bool is_used(const std::string& path, const Entry& entry) const {
    if (!std::holds_alternative<Table>(entry.value)) return field(path) != nullptr;
    return path.empty() || std::any_of(sections.begin(), sections.end(), [&](const auto& asked) {
             return asked == path || asked.rfind(path + ".", 0) == 0;
           });
  }

  /// The keys and tables that were asked for directly in a table.
  std::set<std::string> known_in(const std::string& table) const {
    std::set<std::string> known;
    const auto add = [&](const std::string& path) {
      const std::string prefix = table.empty() ? "" : table + ".";
      if (path.size() <= prefix.size() || path.rfind(prefix, 0) != 0) return;
      known.insert(path.substr(prefix.size(), path.find('.', prefix.size()) - prefix.size()));
    };
    for (const Field& asked : fields) add(asked.key);
    for (const std::string& asked : sections) add(asked);
    return known;
  }

  std::string suggestion(const std::string& path) const {
    const std::string parent = parent_of(path);
    const std::set<std::string> known = known_in(parent);
    if (known.empty()) return "";
    const std::string_view key =
        std::string_view(path).substr(parent.empty() ? 0 : parent.size() + 1);
    const std::string& nearest =
        *std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
          return edit_distance(a, key) < edit_distance(b, key);
        });
    if (2 * edit_distance(nearest, key) <= std::max(nearest.size(), key.size())) {
      return fmt::format(", did you mean {}?", nearest);
    }
    return fmt::format(", known here: {}", fmt::join(known, ", "));
  }
};

Recipe Recipe::parse(std::string_view text, std::string_view source_name,
                     const std::vector<std::string>& overrides) {
  auto state = std::make_shared<State>();
  state->entries = read_with_base(text, std::string(source_name), {});
  for (const std::string& assignment : overrides) merge(state->entries, read_override(assignment));
  return Recipe(std::move(state));
}

Recipe Recipe::load(const fs::path& file, const std::vector<std::string>& overrides) {
  return parse(read_recipe(file, ""), file.string(), overrides);
}

Section Recipe::section(std::string_view path) {
  const std::string name(path);
  // A value anywhere on the way down is found too, not only one at its end.
  for (std::string part = name; !part.empty(); part = parent_of(part)) {
    const Entry* entry = state_->find(part);
    if (entry && !std::holds_alternative<Table>(entry->value)) {
      throw RecipeError(fmt::format("{}: {}: expected a table, found {}", entry->location, part,
                                    to_text(entry->value)));
    }
  }
  state_->sections.insert(name);
  return {state_, name};
}

void Recipe::check_all_used() const {
  for (const auto& [path, entry] : state_->entries) {
    if (state_->is_used(path, entry)) continue;
    const char* kind = std::holds_alternative<Table>(entry.value) ? "table" : "key";
    throw RecipeError(
        fmt::format("{}: {}: unknown {}{}", entry.location, path, kind, state_->suggestion(path)));
  }
}

std::string Recipe::to_toml() const {
  return gmtrain::to_toml(state_->entries);
}

std::vector<Recipe::Field> Recipe::fields() const {
  return state_->fields;
}

nlohmann::ordered_json Recipe::settings() const {
  auto settings = nlohmann::ordered_json::object();
  for (const auto& [path, value] : state_->answers) {
    std::string pointer = "/" + path;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    settings[nlohmann::ordered_json::json_pointer(pointer)] = to_json(value);
  }
  return settings;
}

bool Section::has(std::string_view key) const {
  return state_->find(join_path(path_, key)) != nullptr;
}

RecipeError Section::error(std::string_view key, std::string_view message) const {
  const std::string path = join_path(path_, key);
  const Entry* entry = nullptr;
  for (std::string part = path; !entry; part = parent_of(part)) entry = state_->find(part);
  return RecipeError(fmt::format("{}: {}: {}", entry->location, path, message));
}

template <class T>
std::optional<T> Section::find(std::string_view key, std::string fallback, std::string_view doc,
                               const Check& check) {
  const std::string path = join_path(path_, key), type = type_name<T>();
  state_->record({path, type, std::move(fallback), std::string(doc), check.text});
  const Entry* entry = state_->find(path);
  if (entry == nullptr) return std::nullopt;
  T value{};
  if (read_value(entry->value, value) && passes(check, value)) return value;
  throw error(key, fmt::format("expected {}{}{}, found {}", with_article(type),
                               check.text.empty() ? "" : ", ", check.text, to_text(entry->value)));
}

template <class T>
T Section::get(std::string_view key, T fallback, std::string_view doc, Check check) {
  T value = find<T>(key, to_text(to_value(fallback)), doc, check).value_or(std::move(fallback));
  state_->answers.insert_or_assign(join_path(path_, key), to_value(value));
  return value;
}

template <class T>
T Section::require(std::string_view key, std::string_view doc, Check check) {
  std::optional<T> value = find<T>(key, "", doc, check);
  if (!value) {
    throw error(key,
                fmt::format("expected {} ({}), found nothing", with_article(type_name<T>()), doc));
  }
  state_->answers.insert_or_assign(join_path(path_, key), to_value(*value));
  return *std::move(value);
}

#define GMTRAIN_INSTANTIATE(T)                                              \
  template T Section::get<T>(std::string_view, T, std::string_view, Check); \
  template T Section::require<T>(std::string_view, std::string_view, Check);
GMTRAIN_INSTANTIATE(bool)
GMTRAIN_INSTANTIATE(int64_t)
GMTRAIN_INSTANTIATE(double)
GMTRAIN_INSTANTIATE(std::string)
GMTRAIN_INSTANTIATE(std::vector<int64_t>)
GMTRAIN_INSTANTIATE(std::vector<double>)
GMTRAIN_INSTANTIATE(std::vector<std::string>)
#undef GMTRAIN_INSTANTIATE

}  // namespace gmtrain
