#include "gmtrain/training/train.hpp"

#include <fmt/format.h>
#include <stdexcept>

#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

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
    if (!arguments.recipe.empty() &&
        Recipe::load(arguments.recipe, arguments.overrides).to_toml() != recipe.to_toml()) {
      throw std::runtime_error(fmt::format(
          "expected the recipe that {} began with, {} with --set is another: remove the run",
          arguments.out.string(), arguments.recipe.string()));
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
