// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/recipe.hpp"

#include <nlohmann/json.hpp>

#include "refusal.hpp"

namespace {

// A setting of each type, under names that a recipe has too.
void ask(gmtrain::Recipe& recipe) {
  auto data = recipe.section("data");
  data.get<std::string>("name", "mnist", "a text");
  data.get<std::vector<std::string>>("files", {}, "texts");
  data.get<bool>("shuffle", true, "a choice");
  auto loss = recipe.section("loss");
  loss.get<double>("alpha", 1, "a number");
  loss.get<std::vector<double>>("weights", {}, "numbers");
  auto training = recipe.section("training.schedule");
  training.get<int64_t>("epochs", 4, "a whole number");
  training.get<std::vector<int64_t>>("steps", {}, "whole numbers");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // What a recipe names as its base is looked for in a folder that is not there.
  const std::string folder = "/nonexistent/recipe.toml";
  read_or_refuse<gmtrain::RecipeError>([&] {
    const std::string written = gmtrain::Recipe::parse(text, folder).to_toml();
    hold(gmtrain::Recipe::parse(written, folder).to_toml() == written,
         "a recipe that was written reads back");
  });
  read_or_refuse<gmtrain::RecipeError>([&] {
    auto recipe = gmtrain::Recipe::parse(text, folder);
    ask(recipe);
    recipe.settings();
    recipe.check_all_used();
  });
  const std::string setting = text.substr(0, text.find('\n'));
  read_or_refuse<gmtrain::RecipeError>(
      [&] { gmtrain::Recipe::parse("", folder, {setting}).to_toml(); });
  return 0;
}
