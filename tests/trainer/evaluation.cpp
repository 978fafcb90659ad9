// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/evaluate.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "core/calibration/calibration.hpp"
#include "core/files/atomic_file.hpp"
#include "core/metrics/detection.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/evaluation/calibrate.hpp"
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"
#include "gmtrain/export/export.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

/// A run trained well enough to have something to attack.
struct Trained {
  explicit Trained(const std::vector<std::string>& more = {}) {
    make_data(folder.path() / "data");
    std::vector<std::string> overrides{
        "train.epochs=15", R"(evaluation.attacks=["fgsm_0.3", "pgd_0.3", "adaptive_pgd_0.3"])",
        "evaluation.strong_attack_images=30", "evaluation.pgd.steps=10"};
    overrides.insert(overrides.end(), more.begin(), more.end());
    auto recipe = small_recipe(folder.path() / "data", overrides);
    train(recipe, {path()}, false);
  }
  std::filesystem::path path() const { return folder.path() / "run"; }

  Evaluation measure(Measured measured = Measured::test) const {
    auto run = open_run(path());
    return evaluate(run, measured, nullptr);
  }

  Evaluation measure_calibrated() const {
    auto run = open_run(path());
    const auto calibration = calibrate(run).calibration;
    return evaluate(run, Measured::test, &calibration);
  }

  TemporaryFolder folder;
};

int64_t lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_FIXTURE_TEST_CASE(figures_come_from_the_tables, Trained) {
  const auto [figures, tables] = measure();
  std::vector<std::string> sets;
  for (const auto& table : tables) sets.push_back(table.set);
  const std::vector<std::string> expected{"clean", "fgsm_0.3", "pgd_0.3", "adaptive_pgd_0.3",
                                          "others"};
  BOOST_TEST(sets == expected, boost::test_tools::per_element());
  BOOST_TEST(tables[0].image == all_indices(100), boost::test_tools::per_element());
  BOOST_TEST(tables[2].image == all_indices(30), boost::test_tools::per_element());

  BOOST_TEST(figures["test_images"].get<int64_t>() == 100);
  BOOST_TEST(figures["held_out_images"].get<int64_t>() == 100);
  BOOST_TEST(figures["loss"].get<std::string>() == "lgm");
  BOOST_TEST(figures["alpha"].get<double>() == 1);
  BOOST_TEST(figures["lambda"].get<double>() == 0.1);
  BOOST_TEST(figures["covariance"].get<std::string>() == "identity");
  BOOST_TEST(figures["data"].get<std::string>() == "squares");
  BOOST_TEST(figures["classes"].get<int64_t>() == 10);
  BOOST_TEST(!figures["augmentation"]["mirror"].get<bool>());
  BOOST_TEST(figures["network"].get<std::string>() == "conv6");
  BOOST_TEST((figures["widths"].get<std::vector<int64_t>>() == std::vector<int64_t>{4, 8}));
  BOOST_TEST(!figures.contains("depth"));
  BOOST_TEST(figures["features"].get<int64_t>() == 16);
  BOOST_TEST(figures["epochs"].get<int64_t>() == 15);
  // Attacks on the first 30 images are compared with these 30 alone.
  const auto& pgd = figures["adversarial"]["pgd_0.3"];
  BOOST_TEST(pgd["images"].get<int64_t>() == 30);
  BOOST_TEST(
      pgd["scores"]["log_density"]["auroc"].get<double>() ==
      auroc(tables[0].rows(all_indices(30)).score("log_density"), tables[2].score("log_density")));
  BOOST_TEST(figures["ood"]["others"]["scores"]["energy_score"]["auroc"].get<double>() ==
             auroc(tables[0].score("energy_score"), tables[4].score("energy_score")));
  for (const std::string& name : Registry<PostHocFactory>::names())
    BOOST_TEST(pgd["scores"].contains(name));
  BOOST_TEST(figures["histograms"].size() == 5);
  BOOST_TEST(figures["roc"].size() == 4);
}

BOOST_FIXTURE_TEST_CASE(evaluating_again_gives_the_same, Trained) {
  BOOST_TEST(measure().figures == measure().figures);
}

BOOST_FIXTURE_TEST_CASE(who_knows_of_the_detector_reaches_higher_likelihoods, Trained) {
  const auto tables = measure().tables;
  const auto &plain = tables[2], &adaptive = tables[3];
  const auto by_pgd = plain.correct(), by_adaptive = adaptive.correct();
  std::vector<double> low, high;
  for (int64_t i = 0; i < plain.size(); ++i) {
    if (by_pgd[i] || by_adaptive[i]) continue;
    low.push_back(plain.score("log_likelihood")[i]);
    high.push_back(adaptive.score("log_likelihood")[i]);
  }
  BOOST_TEST_REQUIRE(low.size() > 10);
  BOOST_TEST(mean(high) > mean(low));
}

// Of images that both fool, the p-value is higher where the attack goes for it.
BOOST_AUTO_TEST_CASE(who_knows_of_the_p_value_reaches_higher_ones) {
  const Trained trained({R"(evaluation.attacks=["adaptive_pgd_0.3", "p_value_pgd_0.3"])",
                         "evaluation.post_hoc=[]", "evaluation.pgd.steps=20"});
  const auto tables = trained.measure_calibrated().tables;
  const auto &by_likelihood = tables[1], &by_p_value = tables[2];
  std::vector<double> low, high;
  for (int64_t i = 0; i < by_likelihood.size(); ++i) {
    if (by_likelihood.correct()[i] || by_p_value.correct()[i]) continue;
    low.push_back(by_likelihood.score("p_value")[i]);
    high.push_back(by_p_value.score("p_value")[i]);
  }
  BOOST_TEST_REQUIRE(low.size() > 10);
  BOOST_TEST(mean(high) > mean(low));
}

BOOST_AUTO_TEST_CASE(an_attack_on_p_values_without_any_is_named_before_images_are_attacked) {
  const Trained trained(
      {R"(evaluation.attacks=["p_value_pgd_0.3"])", "evaluation.post_hoc=[]", "train.epochs=1"});
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { trained.measure(); }),
                      "p_value_pgd_0.3 needs a loss with distances and its calibration"));
}

BOOST_FIXTURE_TEST_CASE(p_values_by_distance_stand_beside_the_models, Trained) {
  const auto [figures, tables] = measure_calibrated();
  const auto& others = figures["ood"]["others"];
  for (const std::string name : {"p_value", "p_value_by_distance"}) {
    BOOST_TEST(others["scores"].contains(name));
  }
  BOOST_TEST(others["accepted_by_distance_at_0.05"].is_number());
  // They are those of a calibration by distance.
  auto run = open_run(path());
  run.calibration.how.by = Calibration::By::distance;
  const auto by_distance = calibrate(run).calibration;
  const auto again = evaluate(run, Measured::test, &by_distance);
  BOOST_TEST(again.tables[0].score("p_value") == tables[0].score("p_value_by_distance"),
             boost::test_tools::per_element());
  BOOST_TEST(!again.tables[0].find("p_value_by_distance"));
  BOOST_TEST(figures["calibration"]["by_predicted_class"].size() == 10U);
  BOOST_TEST(figures["calibration"]["risks"].size() == 4U);
}

BOOST_FIXTURE_TEST_CASE(what_pictures_a_calibration_saw_is_kept, Trained) {
  auto run = open_run(path());
  const auto pictures = calibrate(run).calibration.pictures;
  BOOST_TEST_REQUIRE(pictures.has_value());
  BOOST_TEST(pictures->heights == (std::array<int64_t, 2>{12, 12}),
             boost::test_tools::per_element());
  std::vector<float> means, deviations;
  const auto images = clean_images(run, Measured::held_out);
  for (const int64_t i : images.indices) {
    const auto pixels = images.dataset->load({i}).images.to(torch::kDouble);
    means.push_back(pixels.mean().item<float>());
    deviations.push_back((pixels - pixels.mean()).square().mean().sqrt().item<float>());
  }
  // Of 100 pictures one at either end counts as strange.
  std::sort(means.begin(), means.end());
  std::sort(deviations.begin(), deviations.end());
  BOOST_TEST(pictures->means[0] == means[1], boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(pictures->deviations[1] == deviations[98], boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(pictures->means[0] < pictures->means[1]);
}

BOOST_FIXTURE_TEST_CASE(the_exported_head_has_what_the_calibration_found, Trained) {
  auto run = open_run(path());
  const auto calibration = calibrate(run).calibration;
  const auto head = head_of_run(run, &calibration);
  check(head);
  // Of 100 images no class has enough for itself.
  BOOST_TEST(head.calibration_shape == (std::array<int64_t, 3>{1, 3, 100}),
             boost::test_tools::per_element());
  BOOST_TEST(head.calibration == calibration.groups[0].values, boost::test_tools::per_element());
  BOOST_TEST(head.risks == (std::vector<float>{0.001F, 0.005F, 0.01F, 0.05F}),
             boost::test_tools::per_element());
  BOOST_TEST(head.risk_confidences[0] == 1);
  BOOST_TEST(head.risk_confidences[3] == calibration.risks[3].confidence);
  BOOST_TEST_REQUIRE(head.pictures.has_value());
  BOOST_TEST(head.pictures->widths == calibration.pictures->widths,
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(held_out_measurements_touch_no_test_image, Trained) {
  const auto before = measure(Measured::held_out).figures;
  BOOST_TEST(before["measured_on"].get<std::string>() == "held_out");
  BOOST_TEST(!before.contains("test_error"));
  BOOST_TEST(before["ood"]["others"]["images"].get<int64_t>() == 100);
  for (const std::string name : {"squares", "others"}) {
    write_squares(folder.path() / "data" / name, "t10k", 100, 77);
  }
  BOOST_TEST(measure(Measured::held_out).figures == before);
}

BOOST_FIXTURE_TEST_CASE(half_of_the_held_out_images_calibrates_for_the_other, Trained) {
  auto run = open_run(path());
  const auto [figures, tables] = measure(Measured::held_out);
  const auto held_out = clean_images(run, Measured::held_out).indices;
  const auto &measured = tables.front(), &calibrated_on = tables.back();
  BOOST_TEST(calibrated_on.set == "calibration");
  BOOST_TEST_REQUIRE(measured.size() == 50);
  for (size_t i = 0; i < 50; ++i) {
    BOOST_TEST(calibrated_on.image[i] == held_out[2 * i]);
    BOOST_TEST(measured.image[i] == held_out[2 * i + 1]);
  }
  BOOST_TEST(figures["calibration"]["calibration_images"] == 50);
  BOOST_TEST(figures["calibration"]["images"] == 50);
  BOOST_TEST(figures["held_out_images"] == 100);
  const auto calibration =
      Calibration::build(run.calibration.how, 10, samples_of(calibrated_on), "");
  BOOST_TEST(measured.score("p_value") == p_values(measured, calibration),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_calibration_held_out_likelihoods_accept) {
  const Trained trained({"loss.name=softmax", "evaluation.post_hoc=[]"});
  const auto tables = trained.measure().tables;
  auto run = open_run(trained.path());
  std::vector<double> held_out;
  const auto images = clean_images(run, Measured::held_out);
  score_dataset(*run.model, *images.dataset, images.indices, [&](const ScoredBatch& scored) {
    const auto likelihoods = scored.scores.log_likelihood;
    for (int64_t i = 0; i < likelihoods.size(0); ++i) {
      held_out.push_back(likelihoods[i].item<double>());
    }
  });
  std::sort(held_out.begin(), held_out.end());
  for (const auto& table : tables) {
    BOOST_TEST(!table.find("p_value"));
    for (int64_t i = 0; i < table.size(); ++i) {
      BOOST_TEST(table.accepted_up_to[i] ==
                 rank_p_value(held_out, table.score("log_likelihood")[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_command_leaves_figures_scores_and_features) {
  const Trained trained({"network.features=2", "network.relu_features=false",
                         "loss.means_deviation=2.0", "loss.alpha=0.0", "evaluation.post_hoc=[]"});
  calibrate_command({trained.path(), ""});
  EvaluateArguments arguments;
  arguments.run = trained.path();
  evaluate_command(arguments);
  const RunFolder files{trained.path()};
  // A header, clean, FGSM and foreign images, and 30 of each strong attack.
  BOOST_TEST(lines(files.scores()) == 1 + 3 * 100 + 2 * 30);
  BOOST_TEST(lines(files.features()) == 1 + 2 * 100);
  const auto figures = nlohmann::json::parse(read_file(files.evaluation()));
  BOOST_TEST(figures["adversarial"]["fgsm_0.3"]["scores"].contains("p_value"));
  BOOST_TEST(figures["calibration"]["images"].get<int64_t>() == 100);
  BOOST_TEST(!std::filesystem::exists(files.held_out()));
  arguments.held_out = true;
  evaluate_command(arguments);
  BOOST_TEST(std::filesystem::exists(files.held_out()));
}

BOOST_FIXTURE_TEST_CASE(attacked_images_are_written_within_the_bound, Trained) {
  AttackArguments arguments;
  arguments.run = path();
  arguments.images = 40;
  attack_command(arguments);
  const auto images = path() / "images";
  for (const auto& [set, count] :
       std::vector<std::pair<std::string, int64_t>>{{"clean", 40},
                                                    {"fgsm_0.3", 40},
                                                    {"pgd_0.3", 30},
                                                    {"adaptive_pgd_0.3", 30},
                                                    {"others", 40}}) {
    int64_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(images / set)) {
      ++files;
      if (set == "others") continue;
      const auto changed = cv::imread(entry.path().string(), cv::IMREAD_GRAYSCALE);
      const auto clean =
          cv::imread((images / "clean" / entry.path().filename()).string(), cv::IMREAD_GRAYSCALE);
      BOOST_TEST(cv::norm(changed, clean, cv::NORM_INF) <= 0.3 * 255);
    }
    BOOST_TEST(files == count, set);
  }
}

BOOST_AUTO_TEST_CASE(mistakes_in_the_table_are_found_before_training) {
  TemporaryFolder folder;
  make_data(folder.path() / "data");
  for (const auto& [override, part] : std::vector<std::pair<std::string, std::string>>{
           {R"(evaluation.attacks=["fgsm"])", "evaluation.attacks"},
           {R"(evaluation.attacks=["fgsm_0.1", "fgsm_0.1"])", "each attack once"},
           {R"(data.outliers=["a/test", "b/test"])", "data.outliers"},
           {R"(data.outliers=["a,b"])", "data.outliers"},
           {R"(data.outliers=["a~b"])", "data.outliers"},
           {R"(data.outliers=["fgsm-0.3"])", "no data.outliers has, got fgsm_0.3"},
           {R"(evaluation.post_hoc=["odin"])", "evaluation.post_hoc"},
           {"evaluation.strong_attack_images=0", "strong_attack_images"},
           {"evaluation.pgd.norm=1", "evaluation.pgd.norm"},
           {"evaluation.pgd.stesp=1", "steps"}}) {
    auto recipe = small_recipe(folder.path() / "data", {override});
    const auto message =
        message_of<RecipeError>([&] { train(recipe, {folder.path() / "run"}, false); });
    BOOST_TEST(contains(message, part), override << ": " << message);
  }
}

BOOST_AUTO_TEST_SUITE_END()
