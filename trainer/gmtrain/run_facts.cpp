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

/// "mnist" of "mnist", "sets/mnist" and "sets/mnist/".
std::string last_component(const std::string& path) {
  return (std::filesystem::path(path) / "").parent_path().filename().string();
}

}  // namespace

json run_facts(const TrainedRun& run, Recipe recipe) {
  json facts{{"recipe", run.name}, {"loss", run.loss}};
  const Section loss = recipe.section("loss"), network = recipe.section("network");
  for (const char* key : {"alpha", "lambda"}) add<double>(facts, loss, key);
  add<std::string>(facts, loss, "covariance");
  add<int64_t>(facts, loss, "margin");
  facts["data"] = last_component(run.data.path);
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
  return facts;
}

}  // namespace gmtrain
