// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "gmtrain/training/checkpoint.hpp"
#include "gmtrain/training/train.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// All settings but those that may differ between repetitions: the seed, and where data are.
json settings_of(const Recipe& recipe) {
  json settings = recipe.settings();
  settings.erase("name");
  settings.at("train").erase("seed");
  for (const char* key : {"root", "workers"}) settings.at("data").erase(key);
  return settings;
}

/// What was trained, by which results are told apart.
/// @param run everything but the facts
/// @param recipe after the model was built from it, so that every default is known
json run_facts(const TrainedRun& run, const Recipe& recipe) {
  const json settings = settings_of(recipe);
  json facts{{"recipe", run.name}, {"loss", run.loss}};
  // What has no such setting has no such fact.
  const auto add = [&](const char* section, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
      const json& values = settings.at(section);
      if (values.contains(key)) facts[key] = values.at(key);
    }
  };
  add("loss", {"alpha", "lambda", "covariance", "margin"});
  facts["data"] = data_name(run.data.path);
  facts["classes"] = run.data.labels.size();
  if (!run.data.unseen.empty()) facts["unseen_classes"] = run.data.unseen.size();
  facts["augmentation"] = {
      {"mirror", run.data.mirror}, {"padding", run.data.padding}, {"crop", run.data.crop}};
  facts["network"] = settings.at("network").at("name");
  add("network", {"depth", "width", "widths"});
  facts["features"] = run.model->network().dimension();
  facts["seed"] = run.seed;
  facts["epochs"] = run.epochs;
  facts["settings"] = settings;
  return facts;
}

}  // namespace

CalibrationOptions CalibrationOptions::read(Section section) {
  CalibrationOptions options;
  options.how.by = section.get<std::string>("by", "energy_and_doubt",
                                            "what images are ranked by: energy and doubt together, "
                                            "or their distance to the predicted class alone",
                                            one_of({"energy_and_doubt", "distance"})) == "distance"
                       ? Calibration::By::distance
                       : Calibration::By::energy_and_doubt;
  options.how.kind = section.get<std::string>("kind", "per_class",
                                              "among images of the same predicted class, or all",
                                              one_of({"shared", "per_class"})) == "shared"
                         ? Calibration::Kind::shared
                         : Calibration::Kind::per_class;
  options.accept_rate = section.get<double>(
      "accept_rate", 0.99, "share of clean images that applications accept by default",
      above(0) && at_most(1));
  const auto class_images = section.get<int64_t>(
      "class_images", 0,
      "per_class: calibration images that a class needs for itself, classes with fewer are pooled; "
      "0 is 10 / (1 - accept_rate)",
      at_least(0));
  options.how.class_images =
      class_images > 0 ? class_images : default_class_images(options.accept_rate);
  options.risks = section.get<std::vector<double>>(
      "risks", {0.001, 0.005, 0.01, 0.05},
      "shares of wrong classes that a posterior is looked for to keep, ascending",
      above(0) && at_most(1));
  if (std::adjacent_find(options.risks.begin(), options.risks.end(), std::greater_equal<>()) !=
      options.risks.end()) {
    throw section.error("risks", "expected risks that ascend");
  }
  return options;
}

TrainedRun open_run(const std::filesystem::path& folder, const std::string& data_root) {
  TrainedRun run;
  run.folder = {folder};
  if (!std::filesystem::exists(run.folder.recipe())) {
    throw std::runtime_error(
        fmt::format("{} is not a run folder: it has no recipe.toml (gmtrain train makes one)",
                    folder.string()));
  }
  Recipe recipe = Recipe::load(run.folder.recipe());
  run.name = recipe.section("").require<std::string>("name", "of the experiment");
  run.data = DataOptions::read(recipe.section("data"), data_root);
  run.calibration = CalibrationOptions::read(recipe.section("calibration"));
  run.evaluation = EvaluationOptions::read(recipe, run.data);
  run.verification = VerificationOptions::read(recipe, run.data);
  run.loss = recipe.section("loss").require<std::string>("name", "loss function");
  const auto training = TrainOptions::read(recipe);
  run.seed = training.seed;
  run.epochs = training.epochs;
  run.whole = open_whole_images(run.data, run.data.path, Split::test)->image_shape();
  const auto [height, width] = network_input(run.data, run.whole);
  run.input = {run.whole[0], height, width};
  run.model = std::make_unique<Model>(recipe, run.data, run.input);
  run.facts = run_facts(run, recipe);
  const Progress progress = load_checkpoint(run.folder.checkpoint(), *run.model, nullptr);
  if (progress.epochs_done < progress.epochs) {
    throw std::runtime_error(
        fmt::format("{}: training stopped after {} of {} epochs; go on with gmtrain train --resume",
                    folder.string(), progress.epochs_done, progress.epochs));
  }
  run.origin = progress.origin;
  expect_same_settings(run.origin, recipe, run.folder.recipe().string());
  run.weights = progress.checksum;
  run.model->eval();
  return run;
}

Calibration load_calibration(const TrainedRun& run) {
  auto calibration =
      Calibration::load(run.folder.calibration(), static_cast<int64_t>(run.data.labels.size()));
  if (calibration.weights != run.weights) {
    throw std::runtime_error(
        fmt::format("{}: expected the calibration of this run's weights, found that of others: run "
                    "gmtrain calibrate again",
                    run.folder.calibration().string()));
  }
  return calibration;
}

std::optional<Calibration> calibration_for_attacks(const TrainedRun& run) {
  const auto& attacks = run.evaluation.attacks;
  if (std::none_of(attacks.begin(), attacks.end(),
                   [](const NamedAttack& attack) { return attack.attack->needs_calibration(); })) {
    return std::nullopt;
  }
  return load_calibration(run);
}

}  // namespace gmtrain
