#include "core/recipe/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "core/files/atomic_file.hpp"
#include "core/recipe/toml_values.hpp"

namespace gmtrain {
namespace {

/// Single-character edits between two words.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::string parent_of(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

Entries read_with_base(std::string_view text, const std::filesystem::path& source, int depth) {
  constexpr int kMaximumDepth = 8;
  Entries own = read_toml(text, source.string());
  const auto base = own.find("base");
  if (base == own.end()) return own;
  const std::string location = base->second.location;
  const auto* scalar = std::get_if<Scalar>(&base->second.value);
  const auto* name = scalar ? std::get_if<std::string>(scalar) : nullptr;
  if (!name) throw RecipeError(location + ": base: expected the name of a recipe");
  if (depth == kMaximumDepth) {
    throw RecipeError(
        fmt::format("{}: base: expected at most {} recipes in a row", location, kMaximumDepth));
  }
  const auto file = source.parent_path() / *name;
  if (!std::filesystem::is_regular_file(file)) {
    throw RecipeError(fmt::format("{}: base: no recipe {}", location, file.string()));
  }
  Entries merged = read_with_base(read_file(file), file, depth + 1);
  own.erase("base");
  merge(merged, own);
  return merged;
}

template <class T>
struct ElementOf {
  using type = T;
};
template <class T>
struct ElementOf<std::vector<T>> {
  using type = T;
};
template <class T>
constexpr bool kIsList = !std::is_same_v<typename ElementOf<T>::type, T>;

template <class T>
std::string type_name() {
  using E = typename ElementOf<T>::type;
  const std::string name = std::is_same_v<E, bool>          ? "boolean"
                           : std::is_same_v<E, int64_t>     ? "integer"
                           : std::is_same_v<E, std::string> ? "string"
                                                            : "number";
  return kIsList<T> ? "list of " + name + "s" : name;
}

/// Whether the scalar is of type E, or an integer where a number is wanted; then it is in `to`.
template <class E>
bool read_scalar(const Scalar& from, E& to) {
  if constexpr (std::is_same_v<E, double>) {
    if (const auto* integer = std::get_if<int64_t>(&from)) {
      to = static_cast<double>(*integer);
      return true;
    }
  }
  const auto* value = std::get_if<E>(&from);
  if (value) to = *value;
  return value != nullptr;
}

template <class T>
bool read_value(const Value& from, T& to) {
  if constexpr (kIsList<T>) {
    const auto* list = std::get_if<std::vector<Scalar>>(&from);
    if (!list) return false;
    to.resize(list->size());
    return std::equal(
        list->begin(), list->end(), to.begin(),
        [](const Scalar& scalar, auto& element) { return read_scalar(scalar, element); });
  } else {
    const auto* scalar = std::get_if<Scalar>(&from);
    return scalar && read_scalar(*scalar, to);
  }
}

template <class T>
bool passes(const Check& check, const T& value) {
  if constexpr (kIsList<T>) {
    return std::all_of(value.begin(), value.end(), [&](const auto& x) { return passes(check, x); });
  } else if constexpr (std::is_same_v<T, std::string>) {
    return !check.string || check.string(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return true;
  } else {
    return !check.number || check.number(static_cast<double>(value));
  }
}

template <class T>
Value to_value(const T& value) {
  if constexpr (kIsList<T>) {
    return std::vector<Scalar>(value.begin(), value.end());
  } else {
    return Scalar(value);
  }
}

std::string describe(const std::string& type, const Check& check) {
  const std::string article =
      std::string("aeiou").find(type[0]) == std::string::npos ? "a " : "an ";
  return article + type + (check.text.empty() ? "" : ", " + check.text);
}

}  // namespace

struct Recipe::State {
  Entries entries;
  std::vector<Field> fields;

  const Entry* find(const std::string& path) const {
    const auto found = entries.find(path);
    return found == entries.end() ? nullptr : &found->second;
  }

  /// The place to name for a key: its own, or that of the nearest table that is there.
  std::string location(std::string path) const {
    while (!find(path)) path = parent_of(path);
    return find(path)->location;
  }

  void note(Field field) {
    const auto same = [&](const Field& other) { return other.key == field.key; };
    if (std::none_of(fields.begin(), fields.end(), same)) fields.push_back(std::move(field));
  }

  bool is_known(const std::string& path) const {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
      return field.key == path || field.key.rfind(path + ".", 0) == 0;
    });
  }

  /// The known key or table beside `path` with the nearest name; empty if none is near.
  std::string nearest(const std::string& path) const {
    std::string best;
    size_t least = path.size() / 2 + 1;
    for (const auto& field : fields) {
      for (std::string known = field.key; !known.empty(); known = parent_of(known)) {
        if (parent_of(known) != parent_of(path)) continue;
        const size_t distance = edit_distance(known, path);
        if (distance < least) {
          least = distance;
          best = known;
        }
      }
    }
    return best;
  }
};

Recipe Recipe::load(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  if (!std::filesystem::is_regular_file(file)) {
    throw RecipeError(fmt::format("no recipe {}", file.string()));
  }
  return parse(read_file(file), file.string(), overrides);
}

Recipe Recipe::parse(std::string_view text, std::string_view source_name,
                     const std::vector<std::string>& overrides) {
  auto state = std::make_shared<State>();
  state->entries = read_with_base(text, std::filesystem::path(source_name), 0);
  for (const auto& assignment : overrides) merge(state->entries, read_override(assignment));
  return Recipe(std::move(state));
}

Section Recipe::section(std::string_view path) {
  const std::string name(path);
  const Entry* entry = state_->find(name);
  if (entry && !std::holds_alternative<Table>(entry->value)) {
    throw RecipeError(fmt::format("{}: {}: expected a table, found {}", entry->location, name,
                                  to_text(entry->value)));
  }
  return Section(state_, name);
}

void Recipe::check_all_used() const {
  for (const auto& [path, entry] : state_->entries) {
    if (path.empty() || state_->is_known(path)) continue;
    const std::string near = state_->nearest(path);
    throw RecipeError(fmt::format("{}: {}: unknown key{}", entry.location, path,
                                  near.empty() ? "" : fmt::format("; did you mean {}?", near)));
  }
}

std::string Recipe::to_toml() const {
  return gmtrain::to_toml(state_->entries);
}

std::vector<Recipe::Field> Recipe::fields() const {
  return state_->fields;
}

template <class T>
T Section::get(std::string_view key, T fallback, std::string_view doc, Check check) {
  state_->note({join_path(path_, key), type_name<T>(), to_text(to_value(fallback)),
                std::string(doc), check.text});
  return has(key) ? require<T>(key, doc, std::move(check)) : fallback;
}

template <class T>
T Section::require(std::string_view key, std::string_view doc, Check check) {
  const std::string path = join_path(path_, key), type = type_name<T>();
  state_->note({path, type, "", std::string(doc), check.text});
  const Entry* entry = state_->find(path);
  if (!entry)
    throw error(key, fmt::format("missing: expected {} ({})", describe(type, check), doc));
  T value{};
  if (!read_value(entry->value, value) || !passes(check, value)) {
    throw error(key,
                fmt::format("expected {}, found {}", describe(type, check), to_text(entry->value)));
  }
  return value;
}

bool Section::has(std::string_view key) const {
  return state_->find(join_path(path_, key));
}

RecipeError Section::error(std::string_view key, std::string_view message) const {
  const std::string path = join_path(path_, key);
  return RecipeError(fmt::format("{}: {}: {}", state_->location(path), path, message));
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
