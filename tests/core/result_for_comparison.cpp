// SPDX-License-Identifier: Apache-2.0
// Leaves a result with the form that `gmtrain evaluate` and `gmtrain verify` give it, every part
// made by the function that makes it there, for the tests of trainer/reproduce/compare.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/files/atomic_file.hpp"
#include "core/metrics/figures.hpp"
#include "core/verification/figures.hpp"

using namespace gmtrain;

namespace {

/// 200 images of ten classes whose distances grow with `shift`; one in `wrong` is classified
/// wrongly.
ScoreTable draw_scores(const std::string& set, double shift, int wrong, unsigned seed) {
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
    for (const char* score : {"log_likelihood", "neg_log_error", "energy_score"}) {
      table.score(score).push_back(-distance);
    }
  }
  return table;
}

/// What `gmtrain verify` writes, as far as it is compared.
nlohmann::ordered_json verification() {
  const std::vector<ImagePair> pairs{
      {0, 1, true, 0}, {0, 2, false, 0}, {3, 4, true, 1}, {3, 5, false, 1}};
  return {{"pairs", pair_figures(pairs)},
          {"scores", {{"cosine", score_figures({3, 2, 1, 0}, pairs, {0.5, 0.01})}}}};
}

/// What `gmtrain evaluate` writes of a run with these facts.
nlohmann::ordered_json evaluation_of(const nlohmann::ordered_json& facts) {
  const auto clean = draw_scores("clean", 0, 50, 1);
  const auto attacked = draw_scores("fgsm_0.3", 1, 2, 2);
  const auto targeted = draw_scores("targeted_fgsm_0.3", 0.5, 2, 3);
  const auto foreign = draw_scores("fashion_mnist", 1.5, 2, 4);
  auto figures = facts;
  figures["measured_on"] = "test";
  figures["test_error"] = 2;
  figures["test_images"] = clean.size();
  figures["held_out_error"] = 2;
  figures["held_out_images"] = 5000;
  figures["classification"] = classification_figures(clean);
  for (const ScoreTable* table : {&attacked, &targeted}) {
    figures["adversarial"][table->set] = attack_figures(clean, *table);
    figures["roc"][table->set] = roc_figures(clean, *table);
  }
  figures["ood"][foreign.set] = outlier_figures(clean, foreign);
  figures["roc"][foreign.set] = roc_figures(clean, foreign);
  figures["histograms"] = histogram_figures({clean, attacked, targeted, foreign});
  figures["verification"] = verification();
  return figures;
}

/// The facts of one of Table 1's runs.
nlohmann::ordered_json facts_of_run() {
  const auto pgd = nlohmann::ordered_json{
      {"norm", "inf"}, {"random_start", true}, {"restarts", 1}, {"step_size", 0.0}, {"steps", 40}};
  return {{"recipe", "mnist-100d-lgm"},
          {"loss", "lgm"},
          {"alpha", 1.0},
          {"data", "mnist"},
          {"classes", 10},
          {"network", "conv6"},
          {"widths", {16, 32, 64}},
          {"features", 100},
          {"seed", 1},
          {"epochs", 8},
          {"calibration", {{"images", 5000}}},
          {"settings",
           {{"data", {{"path", "mnist"}}},
            {"loss", {{"name", "lgm"}, {"alpha", 1.0}}},
            {"network", {{"features", 100}}},
            {"train", {{"epochs", 8}}},
            {"evaluation", {{"attacks", {"fgsm_0.3"}}, {"pgd", pgd}}}}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(result_for_comparison)

BOOST_AUTO_TEST_CASE(a_result_is_left) {
  const auto result = evaluation_of(facts_of_run());
  BOOST_TEST(result["adversarial"]["fgsm_0.3"].contains("eer_likelihood"));
  write_file(GM_RESULT_FOR_COMPARISON, result.dump(1));
}

BOOST_AUTO_TEST_SUITE_END()
