// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/data/options.hpp"

namespace gmtrain {

/// The table [evaluation] of a recipe.
struct EvaluationOptions {
  std::vector<NamedAttack> attacks;
  int64_t strong_attack_images;  ///< how many images attacks of many steps are run on
  std::vector<std::string> post_hoc;
  int64_t crops;  ///< 10: clean images are measured by ten crops too; otherwise 1

  /// @throws RecipeError for an attack or score that is not known, and for ten crops of images that
  ///                     `data` does not crop
  static EvaluationOptions read(Recipe& recipe, const DataOptions& data);
};

}  // namespace gmtrain
