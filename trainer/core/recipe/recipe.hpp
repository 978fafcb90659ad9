// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/recipe/check.hpp"

namespace gmtrain {

/// What is wrong with a recipe: "<file>:<line>: <key>: what was expected, what was found". For a
/// value given on the command line "--set" stands in the place of file and line.
struct RecipeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Section;

/// The settings of one training, read from TOML: tables of booleans, integers, numbers, strings and
/// lists of one of the last three. Keys are letters, digits, '_' and '-'.
///
/// Whoever needs a setting asks for it by name with its documentation and its limits; what nobody
/// asked for is an error (check_all_used), so a misspelt key cannot pass unnoticed.
/// Copies are handles of the same recipe. Not thread-safe.
class Recipe {
 public:
  /// Reads a file. Its key `base = "other.toml"` (relative to the file) names a recipe that is read
  /// first and overridden key by key.
  /// overrides: "key.path=value" as given to --set, applied last, in order. The value is in TOML
  /// syntax; a bare word that is not (such as mnist or ../data) is taken as a string.
  /// Throws RecipeError for files that cannot be read, TOML syntax errors, duplicate keys and
  /// values that no recipe can hold: non-finite numbers, dates, nested or mixed lists.
  static Recipe load(const std::filesystem::path& file,
                     const std::vector<std::string>& overrides = {});

  /// As load(), from memory. source_name stands for the file in messages and for `base`.
  static Recipe parse(std::string_view text, std::string_view source_name,
                      const std::vector<std::string>& overrides = {});

  /// The table at a dotted path; "" is the root. A missing table reads as empty. RecipeError if
  /// something other than a table stands there.
  Section section(std::string_view path);

  /// RecipeError naming the first key (or table) that nothing asked for, with the nearest key that
  /// is known in its place. To be called when everything has been asked for.
  void check_all_used() const;

  /// The merged recipe without `base`, in TOML, which parse() reads back to the same values. Holds
  /// what was given, not the fallbacks.
  std::string to_toml() const;

  struct Field {
    std::string key;       ///< dotted path
    std::string type;      ///< "integer", "list of numbers", …
    std::string fallback;  ///< in TOML; empty: required
    std::string doc;
    std::string constraint;  ///< Check::text; empty: none
  };
  /// Every field that was asked for, given or not, in the order of the first asking.
  std::vector<Field> fields() const;

  /// What get() and require() returned, given or not, as objects within objects.
  nlohmann::ordered_json settings() const;

 private:
  friend class Section;
  struct State;
  explicit Recipe(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// One table of a recipe; a cheap handle that keeps the recipe alive.
/// T is bool, int64_t, double (integers are accepted), std::string, std::vector<int64_t>,
/// std::vector<double> or std::vector<std::string>.
class Section {
 public:
  /// The value of a key, or `fallback` (which is not checked) when it is absent. RecipeError for a
  /// value of another type or one that fails the check.
  template <class T>
  T get(std::string_view key, T fallback, std::string_view doc, Check check = {});

  /// As get(); RecipeError naming the section's file and line when the key is absent.
  template <class T>
  T require(std::string_view key, std::string_view doc, Check check = {});

  /// Whether the recipe gives the key. Does not count as asking for it.
  bool has(std::string_view key) const;

  /// For what a Check cannot express: the error "<file>:<line>: <key>: <message>", to be thrown.
  RecipeError error(std::string_view key, std::string_view message) const;

 private:
  friend class Recipe;
  template <class T>
  std::optional<T> find(std::string_view key, std::string fallback, std::string_view doc,
                        const Check& check);
  Section(std::shared_ptr<Recipe::State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)) {}
  std::shared_ptr<Recipe::State> state_;
  std::string path_;
};

}  // namespace gmtrain
