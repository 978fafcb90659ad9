#include "gmtrain/evaluation/evaluate.hpp"

#include <fmt/format.h>

#include "core/logging/log.hpp"
#include "core/metrics/classification.hpp"
#include "core/metrics/detection.hpp"
#include "gmtrain/attacks/fgsm.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// What the metrics need of a set of images.
struct Sample {
  std::vector<double> likelihood;  ///< log-likelihood of the predicted class
  std::vector<double> confidence;  ///< orders as max_k p(k|x), also where that rounds to 1
  std::vector<double> distance;
  std::vector<int64_t> predicted, labels;

  void add(const Scores& scores, const torch::Tensor& true_labels) {
    append(likelihood, scores.log_likelihood);
    append(confidence, -scores.doubt);
    if (scores.distance.defined()) append(distance, scores.distance);
    append(predicted, scores.predicted);
    append(labels, true_labels);
  }

  int64_t size() const { return static_cast<int64_t>(predicted.size()); }
  double error() const { return error_percent(predicted, labels); }

 private:
  template <typename T>
  static void append(std::vector<T>& to, const torch::Tensor& from) {
    const auto values = from.cpu().contiguous();
    const T* data = values.const_data_ptr<T>();
    to.insert(to.end(), data, data + values.numel());
  }
};

Sample clean_sample(Model& model, const Dataset& dataset) {
  Sample sample;
  score_dataset(model, dataset, all_indices(dataset.size()),
                [&](const ScoredBatch& scored) { sample.add(scored.scores, scored.batch.labels); });
  return sample;
}

Sample attacked_sample(Model& model, const Dataset& dataset, const Attack& attack) {
  Sample sample;
  model.eval();
  const auto indices = all_indices(dataset.size());
  for (size_t first = 0; first < indices.size(); first += kEvaluationBatch) {
    const size_t count = std::min<size_t>(kEvaluationBatch, indices.size() - first);
    const auto batch = dataset.load(torch::ArrayRef<int64_t>(indices).slice(first, count));
    const auto adversarial = attack.run(model, batch);
    torch::NoGradGuard no_grad;
    sample.add(model.loss().score(model.features(adversarial)), batch.labels);
  }
  return sample;
}

json adversarial_figures(const Sample& clean, const Sample& attacked) {
  return {{"error", attacked.error()},
          {"eer_likelihood", 100 * eer(clean.likelihood, attacked.likelihood)},
          {"eer_pmax", 100 * eer(clean.confidence, attacked.confidence)},
          {"auroc", auroc(clean.likelihood, attacked.likelihood)},
          {"images", attacked.size()}};
}

json outlier_figures(const Sample& clean, const Sample& outliers) {
  return {{"auroc", auroc(clean.likelihood, outliers.likelihood)},
          {"eer", 100 * eer(clean.likelihood, outliers.likelihood)},
          {"fpr95", fpr_at_tpr(clean.likelihood, outliers.likelihood, 0.95)},
          {"images", outliers.size()}};
}

/// Share of clean test images that are refused when p-values below `rate` are.
double false_reject_rate(const Sample& clean, const Calibration& calibration, double rate) {
  int64_t rejected = 0;
  for (size_t i = 0; i < clean.distance.size(); ++i) {
    rejected += calibration.p_value(clean.distance[i], clean.predicted[i]) < rate;
  }
  return static_cast<double>(rejected) / static_cast<double>(clean.size());
}

json calibration_figures(const Sample& clean, const Calibration& calibration) {
  return {{"false_reject_at_0.01", false_reject_rate(clean, calibration, 0.01)},
          {"false_reject_at_0.05", false_reject_rate(clean, calibration, 0.05)},
          {"calibration_images", calibration.count},
          {"images", clean.size()}};
}

}  // namespace

json evaluate(TrainedRun& run, const Calibration* calibration) {
  Model& model = *run.model;
  const auto test = open_dataset(run.data, run.data.path, Split::test);
  const Sample clean = clean_sample(model, *test);
  log_info(fmt::format("{} test images: error {:.2f} %", clean.size(), clean.error()));

  json result{
      {"recipe", run.name},
      {"units",
       {{"percent", json::array({"test_error", "error", "eer_likelihood", "eer_pmax", "eer"})},
        {"fraction", json::array({"auroc", "fpr95", "false_reject"})}}},
      {"test_error", clean.error()},
      {"test_images", clean.size()}};
  for (const Attack& attack : paper_attacks()) {
    const auto figures = adversarial_figures(clean, attacked_sample(model, *test, attack));
    log_info(fmt::format("{}: error {:.2f} %, EER by likelihood {:.2f} %", attack.name,
                         figures["error"].get<double>(), figures["eer_likelihood"].get<double>()));
    result["adversarial"][attack.name] = figures;
  }
  for (const std::string& path : run.data.outliers) {
    const auto figures =
        outlier_figures(clean, clean_sample(model, *open_dataset(run.data, path, Split::test)));
    log_info(fmt::format("{} as outliers: AUROC {:.4f}", path, figures["auroc"].get<double>()));
    result["ood"][set_name(path)] = figures;
  }
  if (!calibration) return result;
  result["calibration"] = calibration_figures(clean, *calibration);
  log_info(fmt::format("clean images refused: {:.2f} % at 1 %, {:.2f} % at 5 %",
                       100 * result["calibration"]["false_reject_at_0.01"].get<double>(),
                       100 * result["calibration"]["false_reject_at_0.05"].get<double>()));
  return result;
}

}  // namespace gmtrain
