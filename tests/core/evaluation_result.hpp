// Results of runs with the form that `gmtrain evaluate` gives them: every part is made by the
// function that makes it there, of scores drawn at random.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/metrics/figures.hpp"
#include "core/report/run_group.hpp"

namespace gmtrain::test {

/// 200 images of ten classes whose distances grow with `shift`; one in `wrong` is classified
/// wrongly.
inline ScoreTable draw_scores(const std::string& set, double shift, int wrong, unsigned seed) {
  std::mt19937 random(seed);
  ScoreTable table;
  table.set = set;
  for (int64_t i = 0; i < 200; ++i) {
    const double distance = shift + static_cast<double>(random() % 1000) / 500;
    table.image.push_back(i);
    table.label.push_back(i % 10);
    table.predicted.push_back(i % wrong == 0 ? (i + 1) % 10 : i % 10);
    table.distance.push_back(distance);
    table.posterior.push_back(std::exp(-distance / 4));
    table.accepted_up_to.push_back(std::exp(-distance));
    for (const char* score : {"likelihood", "confidence", "energy"}) {
      table.score(score).push_back(-distance);
    }
  }
  return table;
}

/// What `gmtrain evaluate` writes of a run with these facts.
inline report::RunResult result_of(const nlohmann::ordered_json& facts, double test_error) {
  const auto seed = facts.value("seed", 0U);
  const auto clean = draw_scores("clean", 0, 50, seed);
  const auto attacked = draw_scores("fgsm_0.3", 1, 2, seed + 1);
  const auto targeted = draw_scores("targeted_fgsm_0.3", 0.5, 2, seed + 2);
  const auto foreign = draw_scores("fashion_mnist", 1.5, 2, seed + 3);
  auto figures = facts;
  figures["measured_on"] = "test";
  figures["test_error"] = test_error;
  figures["test_images"] = clean.size();
  figures["held_out_error"] = test_error;
  figures["held_out_images"] = 5000;
  figures["classification"] = classification_figures(clean);
  for (const ScoreTable* table : {&attacked, &targeted}) {
    figures["adversarial"][table->set] = attack_figures(clean, *table);
    figures["roc"][table->set] = roc_figures(clean, *table);
  }
  figures["ood"][foreign.set] = outlier_figures(clean, foreign);
  figures["roc"][foreign.set] = roc_figures(clean, foreign);
  figures["histograms"] = histogram_figures({clean, attacked, targeted, foreign});
  return {facts.at("recipe").get<std::string>() + "/seed-" + std::to_string(seed) + ".json",
          figures};
}

/// The facts of one of Table 1's runs. @param alpha below 0: the loss has none
inline nlohmann::ordered_json mnist_facts(const std::string& loss, double alpha, int64_t features,
                                          int64_t seed) {
  nlohmann::ordered_json facts{{"recipe", "mnist-" + std::to_string(features) + "d-" + loss},
                               {"loss", loss}};
  if (alpha >= 0) facts["alpha"] = alpha;
  facts["data"] = "mnist";
  facts["classes"] = 10;
  facts["network"] = "conv6";
  facts["widths"] = {16, 32, 64};
  facts["features"] = features;
  facts["seed"] = seed;
  facts["epochs"] = 8;
  facts["settings"] = {{"data", {{"path", "mnist"}}},
                       {"loss", {{"name", loss}, {"alpha", alpha}}},
                       {"network", {{"features", features}}},
                       {"train", {{"epochs", 8}}},
                       {"evaluation",
                        {{"attacks", {"fgsm_0.3"}},
                         {"pgd",
                          {{"norm", "inf"},
                           {"random_start", true},
                           {"restarts", 1},
                           {"step_size", 0.0},
                           {"steps", 40}}}}}};
  return facts;
}

}  // namespace gmtrain::test
