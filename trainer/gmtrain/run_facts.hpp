// What was trained, as evaluation.json tells it: the facts by which results are told apart.
#pragma once

#include <nlohmann/json.hpp>

#include "core/recipe/recipe.hpp"

namespace gmtrain {

struct TrainedRun;

/// @param run everything but the facts
/// @param recipe after the model was built from it, so that every default is known
nlohmann::ordered_json run_facts(const TrainedRun& run, const Recipe& recipe);

}  // namespace gmtrain
