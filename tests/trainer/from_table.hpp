// SPDX-License-Identifier: Apache-2.0
// Builds what one table of a recipe describes.
#pragma once

#include <string>

#include "core/recipe/recipe.hpp"

namespace gmtrain::test {

/// build(section) on the table [name]; every key must have been read by it.
template <typename Build>
auto from_table(const std::string& name, const std::string& table, const Build& build) {
  auto recipe = Recipe::parse("[" + name + "]\n" + table, "test");
  auto made = build(recipe.section(name));
  recipe.check_all_used();
  return made;
}

}  // namespace gmtrain::test
