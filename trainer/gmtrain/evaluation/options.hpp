#pragma once

#include <string>
#include <vector>

#include "gmtrain/attacks/attack.hpp"

namespace gmtrain {

/// The table [evaluation] of a recipe.
struct EvaluationOptions {
  std::vector<NamedAttack> attacks;
  int64_t strong_attack_images;  ///< how many images attacks of many steps are run on
  std::vector<std::string> post_hoc;

  /// @throws RecipeError for an attack or score that is not known
  static EvaluationOptions read(Recipe& recipe);
};

}  // namespace gmtrain
