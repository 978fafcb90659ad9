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

Sample clean_sample(Model& model, const ImageSet& images) {
  Sample sample;
  score_dataset(model, *images.dataset, images.indices,
                [&](const ScoredBatch& scored) { sample.add(scored.scores, scored.batch.labels); });
  return sample;
}

Sample attacked_sample(Model& model, const ImageSet& images, const Attack& attack) {
  Sample sample;
  model.eval();
  for (int64_t first = 0; first < images.size(); first += kEvaluationBatch) {
    const int64_t count = std::min(kEvaluationBatch, images.size() - first);
    const auto batch =
        images.dataset->load(torch::ArrayRef<int64_t>(images.indices).slice(first, count));
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

json evaluate(TrainedRun& run, Measured measured, const Calibration* calibration) {
  Model& model = *run.model;
  const bool test = measured == Measured::test;
  const std::string name = test ? "test" : "held_out";
  const ImageSet images = clean_images(run, measured);
  const Sample clean = clean_sample(model, images);
  log_info(fmt::format("{} {} images: error {:.2f} %", clean.size(), test ? "test" : "held-out",
                       clean.error()));

  json result{
      {"recipe", run.name},
      {"measured_on", name},
      {"units",
       {{"percent", json::array({name + "_error", "error", "eer_likelihood", "eer_pmax", "eer"})},
        {"fraction", json::array({"auroc", "fpr95", "false_reject"})}}},
      {name + "_error", clean.error()},
      {name + "_images", clean.size()}};
  for (const Attack& attack : paper_attacks()) {
    const auto figures = adversarial_figures(clean, attacked_sample(model, images, attack));
    log_info(fmt::format("{}: error {:.2f} %, EER by likelihood {:.2f} %", attack.name,
                         figures["error"].get<double>(), figures["eer_likelihood"].get<double>()));
    result["adversarial"][attack.name] = figures;
  }
  for (const ImageSet& foreign : foreign_images(run, measured)) {
    const auto figures = outlier_figures(clean, clean_sample(model, foreign));
    log_info(
        fmt::format("{} as outliers: AUROC {:.4f}", foreign.name, figures["auroc"].get<double>()));
    result["ood"][foreign.name] = figures;
  }
  if (!calibration) return result;
  result["calibration"] = calibration_figures(clean, *calibration);
  log_info(fmt::format("clean images refused: {:.2f} % at 1 %, {:.2f} % at 5 %",
                       100 * result["calibration"]["false_reject_at_0.01"].get<double>(),
                       100 * result["calibration"]["false_reject_at_0.05"].get<double>()));
  return result;
}

}  // namespace gmtrain
