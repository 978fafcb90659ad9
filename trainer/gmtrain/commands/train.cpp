#include "gmtrain/training/train.hpp"

#include <fmt/format.h>
#include <stdexcept>

#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

namespace {

/// Whether the recipe of a run is the one given, wherever data are.
bool begins_as(const RunFolder& folder, const TrainArguments& given) {
  const std::string anywhere = "data.root=anywhere";
  auto overrides = given.overrides;
  overrides.push_back(anywhere);
  return Recipe::load(given.recipe, overrides).to_toml() ==
         Recipe::load(folder.recipe(), {anywhere}).to_toml();
}

}  // namespace

void train_command(const TrainArguments& arguments) {
  const RunFolder folder{arguments.out};
  if (arguments.resume) {
    if (arguments.recipe.empty() && !arguments.overrides.empty())
      throw std::runtime_error("--resume goes on with the run's own recipe: leave out --set");
    if (!std::filesystem::exists(folder.recipe())) {
      throw std::runtime_error(
          fmt::format("{} has no recipe.toml to resume", arguments.out.string()));
    }
    Recipe recipe = Recipe::load(folder.recipe());
    if (!arguments.recipe.empty() && !begins_as(folder, arguments)) {
      throw std::runtime_error(fmt::format(
          "{}: expected the recipe that {} began with, with the same --set, found another: leave "
          "out both to go on with the run's own, or remove the run",
          arguments.recipe.string(), arguments.out.string()));
    }
    recipe.section("").require<std::string>("name", "of the experiment");
    return train(recipe, folder, true);
  }
  if (arguments.recipe.empty())
    throw std::runtime_error("--recipe is required unless --resume is given");
  if (std::filesystem::exists(folder.checkpoint())) {
    throw std::runtime_error(
        fmt::format("{} holds a training already: give --resume to go on with it, or another --out",
                    arguments.out.string()));
  }
  Recipe recipe = Recipe::load(arguments.recipe, arguments.overrides);
  recipe.section("").require<std::string>("name", "of the experiment");
  train(recipe, folder, false);
}

}  // namespace gmtrain
