// SPDX-License-Identifier: Apache-2.0
// What a training was made of. Its checkpoint keeps it, so that nothing else is taken for it later:
// held-out images are such only beside the settings and the training set that they were held out
// of.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/recipe/recipe.hpp"
#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

struct Origin {
  nlohmann::ordered_json settings;  ///< of the recipe, those that weights follow from
  std::string training_set;         ///< its fingerprint_of()
};

/// @param recipe after training asked for all its settings
/// @param whole the training set, with what is held out of it
Origin origin_of(const Recipe& recipe, const Dataset& whole);

/// @param now read from the run's recipe.toml
/// @throws std::runtime_error naming the file, a setting that training did not have, and both
/// values
void expect_same_settings(const Origin& trained, const Recipe& now, const std::string& file);

/// Tells a training set from others, and from itself in another order.
std::string fingerprint_of(const Dataset& whole);

/// @throws std::runtime_error naming the set's folder, where it is not what was trained on
void expect_same_training_set(const Origin& trained, const std::string& fingerprint,
                              const std::string& folder);

}  // namespace gmtrain
