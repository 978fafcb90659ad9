// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/train.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/files/json_text.hpp"
#include "gmtrain/commands/commands.hpp"

namespace gmtrain {

namespace {

/// The fields of a recipe that say where data are and how they are read, not what they are.
bool may_change(const std::string& override) {
  const std::string key = override.substr(0, override.find('='));
  return key == "data.root" || key == "data.workers";
}

/// Whether the recipe of a run is the one given, wherever data are.
bool begins_as(const RunFolder& folder, const TrainArguments& given) {
  const std::vector<std::string> anywhere{"data.root=anywhere", "data.workers=0"};
  auto overrides = given.overrides;
  overrides.insert(overrides.end(), anywhere.begin(), anywhere.end());
  return Recipe::load(given.recipe, overrides).to_toml() ==
         Recipe::load(folder.recipe(), anywhere).to_toml();
}

/// The run's own recipe, with what may change.
Recipe recipe_to_resume(const RunFolder& folder, const TrainArguments& given) {
  if (!std::filesystem::exists(folder.recipe())) {
    throw std::runtime_error(fmt::format("{} has no recipe.toml to resume", folder.path.string()));
  }
  if (!given.recipe.empty() && !begins_as(folder, given)) {
    throw std::runtime_error(fmt::format(
        "{}: expected the recipe that {} began with, with the same --set, found another (only "
        "data.root and data.workers may change): leave out both to go on with the run's own, or "
        "remove the run",
        given.recipe.string(), folder.path.string()));
  }
  std::vector<std::string> changes;
  for (const std::string& override : given.overrides) {
    if (may_change(override)) {
      changes.push_back(override);
    } else if (given.recipe.empty()) {
      throw std::runtime_error(fmt::format(
          "--set {}: a training that is resumed goes on with its own recipe, of which only "
          "data.root and data.workers may change",
          override));
    }
  }
  return Recipe::load(folder.recipe(), changes);
}

Recipe recipe_to_begin(const RunFolder& folder, const TrainArguments& given) {
  if (given.recipe.empty())
    throw std::runtime_error("--recipe is required unless --resume is given");
  // What was measured of another training would be taken for this one's.
  for (const auto& file : {folder.checkpoint(), folder.calibration(), folder.evaluation(),
                           folder.held_out(), folder.verification()}) {
    if (!std::filesystem::exists(file)) continue;
    throw std::runtime_error(
        fmt::format("{} holds a training already ({}): give --resume to go on with it, or another "
                    "--out",
                    folder.path.string(), file.filename().string()));
  }
  if (std::filesystem::exists(folder.earlier_checkpoint())) {
    throw std::runtime_error(fmt::format(
        "{} holds a training of an earlier gmtrain, whose {} is not read any more: remove it, or "
        "give another --out",
        folder.path.string(), folder.earlier_checkpoint().filename().string()));
  }
  return Recipe::load(given.recipe, given.overrides);
}

}  // namespace

void train_command(TrainArguments arguments) {
  if (!arguments.data_root.empty()) {
    if (!is_utf8(arguments.data_root)) {
      throw std::runtime_error("--data: expected a name in UTF-8, got " +
                               in_quotes(arguments.data_root));
    }
    // A JSON string is a TOML string as well.
    arguments.overrides.push_back("data.root=" + in_quotes(arguments.data_root));
  }
  const RunFolder folder{arguments.out};
  Recipe recipe =
      arguments.resume ? recipe_to_resume(folder, arguments) : recipe_to_begin(folder, arguments);
  recipe.section("").require<std::string>("name", "of the experiment");
  train(recipe, folder, arguments.resume);
}

}  // namespace gmtrain
