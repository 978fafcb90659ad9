#include "gmtrain/run_facts.hpp"

#include "gmtrain/run.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// What has no such setting has no such fact.
template <class T>
void add(json& facts, const Section& section, const char* key) {
  if (const auto value = section.answer<T>(key)) facts[key] = *value;
}

json optimizer_facts(const Section& section) {
  json facts;
  for (const char* key : {"learning_rate", "warmup", "momentum", "clip_norm", "weight_decay"}) {
    add<double>(facts, section, key);
  }
  add<std::string>(facts, section, "schedule");
  add<std::vector<double>>(facts, section, "milestones");
  add<bool>(facts, section, "nesterov");
  return facts;
}

}  // namespace

json run_facts(const TrainedRun& run, Recipe recipe) {
  json facts{{"recipe", run.name}, {"loss", run.loss}};
  const Section loss = recipe.section("loss"), network = recipe.section("network");
  for (const char* key : {"alpha", "lambda"}) add<double>(facts, loss, key);
  add<std::string>(facts, loss, "covariance");
  add<int64_t>(facts, loss, "margin");
  facts["data"] = data_name(run.data.path);
  facts["classes"] = run.data.labels.size();
  if (!run.data.unseen.empty()) facts["unseen_classes"] = run.data.unseen.size();
  facts["augmentation"] = {
      {"mirror", run.data.mirror}, {"padding", run.data.padding}, {"crop", run.data.crop}};
  facts["network"] = network.answer<std::string>("name").value();
  for (const char* key : {"depth", "width"}) add<int64_t>(facts, network, key);
  add<std::vector<int64_t>>(facts, network, "widths");
  facts["features"] = run.model->network().dimension();
  facts["seed"] = run.seed;
  facts["epochs"] = run.epochs;
  facts["held_out"] = run.data.held_out;
  facts["batch_size"] = recipe.section("train").answer<int64_t>("batch_size").value();
  facts["optimizer"] = optimizer_facts(recipe.section("optimizer"));
  return facts;
}

}  // namespace gmtrain
