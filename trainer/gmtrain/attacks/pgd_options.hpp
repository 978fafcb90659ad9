#pragma once

#include <cstdint>

#include "core/recipe/recipe.hpp"

namespace gmtrain {

enum class Norm { inf, two };

/// The table [evaluation.pgd] of a recipe: how attacks of many steps go about it.
struct PgdOptions {
  int64_t steps = 40;
  int64_t restarts = 1;
  double step_size = 0;  ///< in units of the pixel range; 0: 2.5 epsilon / steps
  Norm norm = Norm::inf;
  bool random_start = true;
  int64_t seed = 0;

  static PgdOptions read(Section section);
};

}  // namespace gmtrain
