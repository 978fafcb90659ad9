// A table from the names that recipes use to the functions that build what they name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/recipe/recipe.hpp"

namespace gmtrain {

template <typename Factory>
class Registry : public std::map<std::string, Factory> {
 public:
  using std::map<std::string, Factory>::map;

  /// The factory that the field `key` of `options` names.
  /// @throws RecipeError where it is missing or names none
  Factory choose(Section& options, const std::string& key, const std::string& doc) const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : *this) names.push_back(name);
    return this->at(options.require<std::string>(key, doc, one_of(names)));
  }
};

}  // namespace gmtrain
