#include "gmtrain/evaluation/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/logging/log.hpp"
#include "core/metrics/figures.hpp"
#include "gmtrain/data/windows.hpp"
#include "gmtrain/evaluation/crops.hpp"
#include "gmtrain/evaluation/scorer.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// The first `count` images of a set.
ImageSet first_of(ImageSet images, int64_t count) {
  images.indices.resize(std::min(count, images.size()));
  return images;
}

/// The rows of `clean` that are of the same images as those of `other`, both in ascending order.
ScoreTable same_images(const ScoreTable& clean, const ScoreTable& other) {
  std::vector<int64_t> places;
  for (int64_t i = 0; i < clean.size(); ++i) {
    if (std::binary_search(other.image.begin(), other.image.end(), clean.image[i])) {
      places.push_back(i);
    }
  }
  return clean.rows(places);
}

/// Without calibration images are accepted by the rank of their likelihood among those of the
/// held-out ones.
void rank_among(const ScoreTable& held_out, ScoreTable& table) {
  auto ascending = held_out.score("likelihood");
  std::sort(ascending.begin(), ascending.end());
  table.accepted_up_to.clear();
  for (const double value : table.score("likelihood")) {
    table.accepted_up_to.push_back(rank_p_value(ascending, value));
  }
}

json calibration_figures(const ScoreTable& clean, const Calibration& calibration) {
  json figures;
  for (const auto& [name, rate] :
       {std::pair{"false_reject_at_0.01", 0.01}, {"false_reject_at_0.05", 0.05}}) {
    const auto refused = std::count_if(clean.accepted_up_to.begin(), clean.accepted_up_to.end(),
                                       [rate = rate](double up_to) { return up_to < rate; });
    figures[name] = static_cast<double>(refused) / static_cast<double>(clean.size());
  }
  figures["calibration_images"] = calibration.count;
  figures["images"] = clean.size();
  return figures;
}

json facts_of(const TrainedRun& run, Measured measured) {
  json facts = run.facts;
  facts["measured_on"] = measured == Measured::test ? "test" : "held_out";
  facts["units"] = {{"percent", json::array({"test_error", "held_out_error", "error", "eer",
                                             "eer_likelihood", "eer_pmax", "top_5_error"})},
                    {"fraction", "all else"}};
  return facts;
}

/// Of the successful attacks; nothing where there are none.
std::string accepted(const json& figures) {
  const auto share = figures.find("accepted_at_0.01");
  if (share == figures.end()) return "";
  return fmt::format(", accepted at 1 %: {:.2f} % of {} successful", 100 * share->get<double>(),
                     figures.at("successful").at("images").get<int64_t>());
}

class Evaluator {
 public:
  Evaluator(TrainedRun& run, Measured measured, const Calibration* calibration)
      : run_(run), measured_(measured), calibration_(calibration) {}

  Evaluation evaluate() {
    PostHocScores post_hoc;
    if (!run_.evaluation.post_hoc.empty()) {
      const auto classes = static_cast<int64_t>(run_.data.labels.size());
      post_hoc = fit_post_hoc(run_.evaluation.post_hoc,
                              features_of(*run_.model, training_images(run_), classes));
    }
    scorer_ = std::make_unique<Scorer>(*run_.model, calibration_, std::move(post_hoc));
    clean_figures();
    for (const NamedAttack& attack : run_.evaluation.attacks) attacked(attack);
    for (const ImageSet& images : foreign_images(run_, measured_)) foreign(images);
    figures_["histograms"] = histogram_figures(tables_);
    return {std::move(figures_), std::move(tables_)};
  }

 private:
  void clean_figures() {
    figures_ = facts_of(run_, measured_);
    images_ = clean_images(run_, measured_);
    const bool test = measured_ == Measured::test;
    ScoreTable clean = run_.evaluation.crops == 10 ? ten_crops() : scorer_->score(images_);
    held_out_ = test ? scorer_->score(clean_images(run_, Measured::held_out)) : clean;
    if (test) {
      figures_["test_error"] = error_percent(clean);
      figures_["test_images"] = clean.size();
    }
    figures_["held_out_error"] = error_percent(held_out_);
    figures_["held_out_images"] = held_out_.size();
    figures_["broken_images"] = images_.size() - clean.size();
    log_info(fmt::format("{} {} images: error {:.2f} %", clean.size(), test ? "test" : "held-out",
                         error_percent(clean)));
    figures_["classification"] = classification_figures(clean);
    if (calibration_) {
      const json rates = calibration_figures(clean, *calibration_);
      log_info(fmt::format("clean images refused: {:.2f} % at 1 %, {:.2f} % at 5 %",
                           100 * rates["false_reject_at_0.01"].get<double>(),
                           100 * rates["false_reject_at_0.05"].get<double>()));
      figures_["calibration"] = rates;
    }
    keep(std::move(clean));
  }

  ScoreTable ten_crops() {
    ScoreTable clean;
    clean.set = images_.name;
    const auto& figures = figures_["crops"] =
        crop_figures(*run_.model, whole_clean_images(run_, measured_), size_of(run_.input),
                     [&](const Batch& middle) { scorer_->add(clean, middle); });
    log_info(fmt::format("error by one crop {:.2f} %, by ten {:.2f} %",
                         figures["one_crop"]["error"].get<double>(),
                         figures["ten_crop"]["error"].get<double>()));
    return clean;
  }

  void attacked(const NamedAttack& attack) {
    const auto images = attack.attack->is_iterative()
                            ? first_of(images_, run_.evaluation.strong_attack_images)
                            : images_;
    const ScoreTable& table = keep(scorer_->score(images, attack));
    const ScoreTable clean = same_images(tables_[0], table);
    json figures = attack_figures(clean, table);
    log_info(fmt::format("{}: error {:.2f} %, EER by likelihood {:.2f} %{}", attack.name,
                         figures["error"].get<double>(), figures["eer_likelihood"].get<double>(),
                         accepted(figures)));
    figures_["adversarial"][attack.name] = std::move(figures);
    figures_["roc"][attack.name] = roc_figures(clean, table);
  }

  void foreign(const ImageSet& images) {
    const ScoreTable& table = keep(scorer_->score(images));
    json figures = outlier_figures(tables_[0], table);
    log_info(
        fmt::format("{} as outliers: AUROC {:.4f}", images.name, figures["auroc"].get<double>()));
    figures_["ood"][images.name] = std::move(figures);
    figures_["roc"][images.name] = roc_figures(tables_[0], table);
  }

  const ScoreTable& keep(ScoreTable table) {
    if (!calibration_) rank_among(held_out_, table);
    tables_.push_back(std::move(table));
    return tables_.back();
  }

  TrainedRun& run_;
  Measured measured_;
  const Calibration* calibration_;
  std::unique_ptr<Scorer> scorer_;
  ImageSet images_;
  ScoreTable held_out_;
  std::vector<ScoreTable> tables_;
  json figures_;
};

}  // namespace

Evaluation evaluate(TrainedRun& run, Measured measured, const Calibration* calibration) {
  return Evaluator(run, measured, calibration).evaluate();
}

}  // namespace gmtrain
