#include "gmtrain/run_facts.hpp"

#include "gmtrain/run.hpp"

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

}  // namespace

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

}  // namespace gmtrain
