#include "gmtrain/run.hpp"

#include <fmt/format.h>
#include <stdexcept>

#include "gmtrain/run_facts.hpp"
#include "gmtrain/training/checkpoint.hpp"
#include "gmtrain/training/train.hpp"

namespace gmtrain {

CalibrationOptions CalibrationOptions::read(Section section) {
  const auto kind =
      section.get<std::string>("kind", "shared", "one set of distances, or one of each class",
                               one_of({"shared", "per_class"}));
  return {kind == "shared" ? Calibration::Kind::shared : Calibration::Kind::per_class,
          section.get<double>("accept_rate", 0.99,
                              "share of clean images that applications accept by default",
                              above(0) && at_most(1))};
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
  run.model->eval();
  return run;
}

}  // namespace gmtrain
