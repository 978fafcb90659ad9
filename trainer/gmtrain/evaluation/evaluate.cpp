// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "core/calibration/calibration.hpp"
#include "core/logging/log.hpp"
#include "core/metrics/figures.hpp"
#include "core/metrics/refusals.hpp"
#include "gmtrain/data/derived.hpp"
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

/// Every second image of a set, from this one on.
ImageSet every_second(const ImageSet& images, size_t first) {
  ImageSet half{images.name, images.dataset, {}};
  for (size_t i = first; i < images.indices.size(); i += 2) {
    half.indices.push_back(images.indices[i]);
  }
  return half;
}

/// The rows of a table that are of these images; both in ascending order.
ScoreTable rows_of(const ScoreTable& table, const std::vector<int64_t>& images) {
  std::vector<int64_t> places;
  for (int64_t i = 0; i < table.size(); ++i) {
    if (std::binary_search(images.begin(), images.end(), table.image[i])) places.push_back(i);
  }
  return table.rows(places);
}

/// Without calibration images are accepted by the rank of their likelihood among those of other
/// clean images.
void rank_among(const ScoreTable& others, ScoreTable& table) {
  auto ascending = others.score("log_likelihood");
  std::sort(ascending.begin(), ascending.end());
  table.accepted_up_to.clear();
  for (const double value : table.score("log_likelihood")) {
    table.accepted_up_to.push_back(rank_p_value(ascending, value));
  }
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
    scorer_ = std::make_unique<Scorer>(*run_.model, fitted());
    rank();
    check_attacks();
    clean_figures();
    for (const NamedAttack& attack : run_.evaluation.attacks) attacked(attack);
    for (const ImageSet& images : foreign_images(run_, measured_)) foreign(images);
    figures_["histograms"] = histogram_figures(tables_);
    if (measured_ == Measured::held_out) {
      reference_.set = "calibration";
      tables_.push_back(std::move(reference_));
    }
    return {std::move(figures_), std::move(tables_)};
  }

 private:
  PostHocScores fitted() const {
    if (run_.evaluation.post_hoc.empty()) return {};
    const auto classes = static_cast<int64_t>(run_.data.labels.size());
    const auto training = features_of(*run_.model, training_images(run_), classes);
    PostHocScores scores;
    for (const std::string& name : run_.evaluation.post_hoc) {
      scores.emplace_back(name, Registry<PostHocFactory>::at(name)(training));
    }
    return scores;
  }

  /// Sees to what images are ranked among.
  void rank() {
    ImageSet held_out = clean_images(run_, Measured::held_out);
    held_out.name = "held-out";
    held_out_ = scorer_->score(held_out);
    reference_ = held_out_;
    auto how = run_.calibration.how;
    if (measured_ == Measured::held_out) {
      calibration_ = nullptr;
      reference_ = rows_of(held_out_, every_second(held_out, 0).indices);
      how.class_images = (how.class_images + 1) / 2;  // of half as many: the same groups
    }
    if (!run_.model->loss().has_distances()) return;
    if (measured_ == Measured::held_out) {
      half_ = calibrated(how);
      half_.risks = risk_thresholds(run_.calibration.risks, reference_);
      calibration_ = &half_;
    }
    if (calibration_ && calibration_->by != Calibration::By::distance) {
      how.by = Calibration::By::distance;
      by_distance_ = calibrated(how);
    }
  }

  Calibration calibrated(const Calibration::Options& how) const {
    return Calibration::build(how, static_cast<int64_t>(run_.data.labels.size()),
                              samples_of(reference_), "");
  }

  void check_attacks() const {
    for (const auto& [name, attack] : run_.evaluation.attacks) {
      if (!attack->needs_calibration() || calibration_) continue;
      throw std::runtime_error(fmt::format(
          "evaluation.attacks: {} needs a loss with distances and its calibration", name));
    }
  }

  void clean_figures() {
    figures_ = facts_of(run_, measured_);
    const bool test = measured_ == Measured::test;
    images_ = test ? clean_images(run_, measured_) : every_second(clean_images(run_, measured_), 1);
    ScoreTable scored = run_.evaluation.crops == 10 ? ten_crops()
                        : test                      ? scorer_->score(images_)
                                                    : rows_of(held_out_, images_.indices);
    scored.set = images_.name;
    const ScoreTable& clean = keep(std::move(scored));
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
    if (calibration_) calibration_figures(clean);
  }

  void calibration_figures(const ScoreTable& clean) {
    json figures = refusal_figures(clean, run_.data.labels);
    log_info(fmt::format("clean images refused: {:.2f} % at 1 %, {:.2f} % at 5 %",
                         100 * figures["false_reject_at_0.01"].get<double>(),
                         100 * figures["false_reject_at_0.05"].get<double>()));
    figures["calibration_images"] = calibration_->count();
    figures["groups"] = calibration_->groups.size();
    figures["risks"] = risk_figures(clean, calibration_->risks);
    figures_["calibration"] = std::move(figures);
  }

  ScoreTable ten_crops() {
    ScoreTable clean;
    clean.set = images_.name;
    const auto& figures = figures_["crops"] =
        crop_figures(*run_.model, measured_whole_images(), size_of(run_.input),
                     [&](const Batch& middle) { scorer_->add(clean, middle); });
    log_info(fmt::format("error by one crop {:.2f} %, by ten {:.2f} %",
                         figures["one_crop"]["error"].get<double>(),
                         figures["ten_crop"]["error"].get<double>()));
    return clean;
  }

  ImageSet measured_whole_images() const {
    const ImageSet images = whole_clean_images(run_, measured_);
    return measured_ == Measured::test ? images : every_second(images, 1);
  }

  void attacked(const NamedAttack& attack) {
    const auto images = attack.attack->is_iterative()
                            ? first_of(images_, run_.evaluation.strong_attack_images)
                            : images_;
    const ScoreTable& table = keep(scorer_->score(images, attack, calibration_));
    const ScoreTable clean = rows_of(tables_[0], table.image);
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
    if (calibration_) {
      table.accepted_up_to = table.score("p_value") = p_values(table, *calibration_);
      if (by_distance_) table.score("p_value_by_distance") = p_values(table, *by_distance_);
    } else {
      rank_among(reference_, table);
    }
    tables_.push_back(std::move(table));
    return tables_.back();
  }

  TrainedRun& run_;
  Measured measured_;
  const Calibration* calibration_;
  Calibration half_;                        ///< of half of the held-out images
  std::optional<Calibration> by_distance_;  ///< of the same images, beside one by energy and doubt
  std::unique_ptr<Scorer> scorer_;
  ImageSet images_;       ///< the clean ones that are measured
  ScoreTable held_out_;   ///< all of them
  ScoreTable reference_;  ///< those that others are ranked among
  std::vector<ScoreTable> tables_;
  json figures_;
};

}  // namespace

Evaluation evaluate(TrainedRun& run, Measured measured, const Calibration* calibration) {
  return Evaluator(run, measured, calibration).evaluate();
}

}  // namespace gmtrain
