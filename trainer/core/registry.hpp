// SPDX-License-Identifier: Apache-2.0
// What recipes can name: networks, losses, attacks, scores, formats of data sets. The file that
// defines one registers it, by a constant:
//
//   const Registered<NetworkFactory> registered_conv6("conv6", make_conv6);
//
// Nothing else refers to such a file, hence the libraries that have them are object libraries: a
// linker takes of a static library only what is referred to.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/recipe/recipe.hpp"

namespace gmtrain {

/// The things of one kind by name. `Entry` is what is known of each, often a function that makes
/// it; a type of its own for each kind.
template <typename Entry>
class Registry {
 public:
  /// @throws std::logic_error where the name is taken
  static void add(const std::string& name, const Entry& entry) {
    if (!entries().emplace(name, entry).second) {
      throw std::logic_error("two of a kind are registered as " + name);
    }
  }

  /// In ascending order.
  static std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries()) names.push_back(name);
    return names;
  }

  static bool has(const std::string& name) { return entries().count(name) > 0; }

  /// @throws std::invalid_argument with the known names for another one
  static const Entry& at(const std::string& name) {
    const auto entry = entries().find(name);
    if (entry == entries().end()) {
      std::string known;
      for (const std::string& each : names()) known += (known.empty() ? "" : ", ") + each;
      throw std::invalid_argument("expected one of " + known + ", got \"" + name + "\"");
    }
    return entry->second;
  }

  /// What the field `key` of a recipe's table names.
  /// @throws RecipeError where it is missing or names none
  static const Entry& chosen(Section& options, const std::string& key, const std::string& doc) {
    return at(options.require<std::string>(key, doc, one_of(names())));
  }

 private:
  /// A function's own, so that it is there before the first constant that adds to it.
  static std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> entries;
    return entries;
  }
};

/// Registers an entry by being there.
template <typename Entry>
struct Registered {
  Registered(const std::string& name, const Entry& entry) { Registry<Entry>::add(name, entry); }
};

}  // namespace gmtrain
