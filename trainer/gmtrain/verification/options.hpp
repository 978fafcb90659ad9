// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/verification/draw_pairs.hpp"
#include "core/verification/pair_score.hpp"
#include "gmtrain/data/options.hpp"

namespace gmtrain {

/// The table [verification] of a recipe.
struct VerificationOptions {
  bool asked;                       ///< whether the recipe has the table
  std::vector<std::string> scores;  ///< of pairs, to measure
  PairScoreOptions fit;
  std::vector<double> false_accept_rates;

  std::string pairs_file, people;  ///< in data.root; empty: pairs are drawn of the unseen classes
  PairOptions drawn;               ///< as what follows
  bool all_images;                 ///< of the unseen classes, or those of the test set alone

  bool are_listed() const { return !pairs_file.empty(); }

  /// @param data the recipe's table [data]
  /// @throws RecipeError also for a table that says neither where pairs are listed nor can be of
  ///                     unseen classes
  static VerificationOptions read(Recipe& recipe, const DataOptions& data);
};

}  // namespace gmtrain
