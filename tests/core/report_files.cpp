// SPDX-License-Identifier: Apache-2.0
#include "core/report/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/logging/metrics_log.hpp"
#include "core/report/run_report.hpp"
#include "core/report/run_tables.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using namespace gmtrain::report;

namespace {

const std::string kHeader =
    "set,image,label,predicted,log_likelihood,log_density,neg_log_error,p_value,distance,energy,"
    "doubt\n";

/// A run folder as the trainer leaves it.
struct Run {
  Run() {
    write("evaluation.json", R"({"recipe": "small", "loss": "lgm", "data": "digits",
      "test_images": 2, "calibration": {"images": 2},
      "test_error": 50.0, "classification": {"aurc": 0.25, "ece": 0.1,
        "reliability": [{"confidence": 0.6, "accuracy": 0.5, "count": 2}],
        "risk_coverage": [[0.5, 0], [1, 0.5]]},
      "adversarial": {"fgsm_0.3": {"images": 2, "error": 100.0, "auroc": 0.75, "fpr95": 0.5,
        "scores": {"log_likelihood": {"eer": 12.5}, "neg_log_error": {"eer": 25.0}},
        "successful": {"images": 0}}},
      "ood": {"clothes": {"images": 1, "eer": 0.0, "auroc": 1.0, "accepted_at_0.01": 0.125,
        "scores": {"log_likelihood": {"eer": 0.0}, "neg_log_error": {"eer": 50.0}}}},
      "histograms": {"clean": {"likelihood": [0.5, 0.5], "posterior": [0, 1]}},
      "roc": {"fgsm_0.3": {"log_likelihood": [[0, 0], [1, 1]],
                           "neg_log_error": [[0, 0], [1, 1]]}}})");
    write("scores.csv", kHeader +
                            "clean,0,1,1,-1.5,-2,0.5,1,3,4,-5\nclean,1,0,1,-3,-4,inf,0.5,6,8,-9\n"
                            "fgsm_0.3,0,1,0,-9,-9,0.1,0.1,,,\nfgsm_0.3,1,0,1,-8,-9,0.1,0.1,,,\n"
                            "clothes,0,3,1,-99,-99,0.2,0.01,198,198,-1e+30\n");
  }

  void write(const std::string& name, const std::string& contents) const {
    write_file(folder / name, contents);
  }

  template <class F>
  std::string error(F read) const {
    std::string message = message_of<std::runtime_error>(read);
    const std::string prefix = folder.path().string() + "/";
    return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
  }

  std::string scores_error(const std::string& lines) const {
    write("scores.csv", lines);
    return error([&] { read_scores(folder / "scores.csv"); });
  }

  static std::vector<cv::Mat> pixels(const std::string& set, const std::vector<int64_t>& images) {
    // One that cannot be read among them.
    std::vector<cv::Mat> found(images.size(), cv::Mat(4, 4, CV_8UC1, cv::Scalar(9)));
    if (set == "clothes") found[0] = cv::Mat();
    return found;
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(report_files, Run)

BOOST_AUTO_TEST_CASE(scores_are_read_back) {
  const auto tables = read_scores(folder / "scores.csv");
  BOOST_REQUIRE(tables.size() == 3);
  BOOST_TEST(tables[1].set == "fgsm_0.3");
  BOOST_TEST(tables[0].label[1] == 0);
  BOOST_TEST(tables[0].predicted[1] == 1);
  BOOST_TEST(tables[0].score("log_likelihood")[0] == -1.5);
  BOOST_TEST(tables[2].score("p_value")[0] == 0.01);
  BOOST_TEST(tables[0].distance[1] == 6);
  BOOST_TEST(tables[0].energy[0] == 4);
  BOOST_TEST(tables[2].doubt[0] == -1e30);
  BOOST_TEST(tables[1].doubt.empty());
  BOOST_TEST(tables[0].posterior[0] == 1 - std::exp(-0.5), boost::test_tools::tolerance(1e-12));
  BOOST_TEST(tables[0].posterior[1] == 1);
  // What was written is what is read.
  BOOST_TEST(scores_csv(tables) == read_file(folder / "scores.csv"));
}

BOOST_AUTO_TEST_CASE(a_score_that_a_loss_lacks_is_not_there) {
  write("scores.csv", kHeader + "clean,0,1,1,-1.5,,0.5,,,,\n");
  const auto tables = read_scores(folder / "scores.csv");
  BOOST_TEST(!tables[0].find("p_value"));
  BOOST_TEST(!tables[0].find("log_density"));
  BOOST_TEST(tables[0].energy.empty());
}

BOOST_AUTO_TEST_CASE(broken_scores_are_named_with_their_line) {
  BOOST_TEST(scores_error("set,image\n") ==
             "scores.csv:1: expected the header \"" + kHeader.substr(0, kHeader.size() - 1) + "\"");
  BOOST_TEST(scores_error(kHeader + "clean,0,1\n") == "scores.csv:2: expected 11 columns, found 3");
  BOOST_TEST(scores_error(kHeader + "clean,0,1,x,1,1,1,1,,,\n") ==
             "scores.csv:2: expected a whole number in column 4, found \"x\"");
  BOOST_TEST(scores_error(kHeader + "clean,0,1,1,1,1,nan,1,,,\n") ==
             "scores.csv:2: expected a number in column 7, found NaN");
  BOOST_TEST(scores_error(kHeader + "clean,0,1,1,1,1,1,1,,,\nclean,1,1,1,1,1,1,,,,\n") ==
             "scores.csv:3: expected a value of p_value, as in the set's lines before");
  BOOST_TEST(scores_error(kHeader + "clean,0,1,1,1,1,1,1,1,1,1\nclean,1,1,1,1,1,1,1,1,,1\n") ==
             "scores.csv:3: expected a value of energy, as in the set's lines before");
  BOOST_TEST(scores_error(kHeader + "clean,0,1,1,,1,1,1,,,\n") ==
             "scores.csv: expected the score log_likelihood of the set clean");
  BOOST_TEST(scores_error(kHeader + "fgsm,0,1,1,1,1,1,1,,,\n") ==
             "scores.csv: expected the set clean first");
  BOOST_TEST(scores_error(kHeader +
                          "clean,0,1,1,1,1,1,1,,,\na,0,1,1,1,1,1,1,,,\nclean,1,1,1,1,1,1,1,,,\n") ==
             "scores.csv:4: expected a new set, found more of clean");
  BOOST_TEST(scores_error("") ==
             "scores.csv:1: expected the header \"" + kHeader.substr(0, kHeader.size() - 1) + "\"");
}

BOOST_AUTO_TEST_CASE(a_run_that_was_not_evaluated_says_what_to_do) {
  std::filesystem::remove(folder / "evaluation.json");
  BOOST_TEST(error([&] { read_run(folder.path()); }) ==
             "evaluation.json is missing: run gmtrain evaluate " + folder.path().string() +
                 " first");
}

BOOST_AUTO_TEST_CASE(a_broken_evaluation_is_named) {
  for (const std::string broken : {"{", "[]", R"({"recipe": 1})", R"({"recipe": "a", "loss": "b"})",
                                   R"({"recipe": "a", "loss": "b", "classification": {}})"}) {
    write("evaluation.json", broken);
    const auto message = error([&] { read_evaluation(folder / "evaluation.json"); });
    BOOST_TEST(message.rfind("evaluation.json: expected what gmtrain evaluate writes: ", 0) == 0U,
               message);
  }
}

BOOST_AUTO_TEST_CASE(files_of_two_evaluations_are_noticed) {
  const std::string whole = read_file(folder / "scores.csv");
  const auto error_with = [&](const std::string& part, const std::string& other) {
    auto changed = whole;
    write("scores.csv", changed.replace(changed.find(part), part.size(), other));
    return error([&] { read_run(folder.path()); });
  };
  const std::string again = ": run gmtrain evaluate again";
  BOOST_TEST(error_with("clean,1,0,1,-3,-4,inf,0.5,6,8,-9\n", "") ==
             "scores.csv: expected 2 clean images, as in evaluation.json, found 1" + again);
  BOOST_TEST(error_with("clothes,0,3,1,-99,-99,0.2,0.01,198,198,-1e+30\n", "") ==
             "scores.csv: expected the set clothes, as in evaluation.json, found none" + again);
  BOOST_TEST(error_with("clothes", "shoes") ==
             "scores.csv: expected no other sets, as in evaluation.json, found shoes" + again);
  BOOST_TEST(error_with("clean,1,0,1", "clean,1,1,1") ==
             "scores.csv: expected 50.0000 % of the clean images wrong, as in evaluation.json, "
             "found 0.0000 %" +
                 again);
}

BOOST_AUTO_TEST_CASE(metrics_are_read_as_the_trainer_writes_them) {
  BOOST_TEST(read_metrics(folder / "metrics.jsonl").empty());
  MetricsLog log(folder / "metrics.jsonl");
  log.write(10, {{"step/loss", 2.5}, {"alpha", 0}});
  log.write(20, {{"step/loss", NAN}, {"alpha", 0.5}});
  log.write(20, {{"epoch/loss", 2}});
  const auto curves = read_metrics(folder / "metrics.jsonl");
  BOOST_REQUIRE(curves.size() == 3);
  BOOST_TEST(curves[0].first == "step/loss");
  BOOST_TEST(curves[0].second[0][0] == 10);
  BOOST_TEST(curves[0].second[0][1] == 2.5);
  BOOST_TEST(std::isnan(curves[0].second[1][1]));

  const auto charts = training_charts(curves);
  BOOST_REQUIRE(charts.size() == 2);
  BOOST_TEST(charts[0].name == "training-loss");
  BOOST_REQUIRE(charts[0].chart.lines.size() == 2);
  BOOST_TEST(charts[0].chart.lines[1].name == "whole epoch");

  write("metrics.jsonl", "{\"step\": 1}\n{\"step\"\n");
  BOOST_TEST(error([&] {
               read_metrics(folder / "metrics.jsonl");
             }).rfind("metrics.jsonl:2: expected a JSON object of numbers: ", 0) == 0U);
}

BOOST_AUTO_TEST_CASE(features_are_drawn_by_class) {
  BOOST_TEST(read_features(folder / "features.csv").empty());
  write("features.csv", "set,label,x,y\nclean,1,0.5,-2\nclean,0,1,1\nclean,1,3,4\nfgsm,2,0,0\n");
  const auto sets = read_features(folder / "features.csv");
  BOOST_REQUIRE(sets.size() == 2);
  BOOST_TEST(sets[0].points[0][1] == -2);
  const auto charts = embedding_charts(sets, {"a", "b"}, HeatMap{});
  BOOST_REQUIRE(charts.size() == 3);
  BOOST_TEST(charts[0].name == "embedding-clean");
  BOOST_TEST(charts[0].chart.lines[1].name == "b");
  BOOST_TEST(charts[0].chart.lines[1].points.size() == 2U);
  BOOST_TEST(charts[1].chart.lines[2].name == "2");
  BOOST_TEST(charts[2].name == "likelihood-map");
  write("features.csv", "set,label,x,y\nclean,1,0.5\n");
  BOOST_TEST(error([&] { read_features(folder / "features.csv"); }) ==
             "features.csv:2: expected 4 columns, found 3");
}

BOOST_AUTO_TEST_CASE(a_page_shows_what_the_run_has) {
  auto run = read_run(folder.path());
  run.classes = {"zero", "one"};
  const std::string page = html_page("small", run_sections(run, pixels));
  for (const std::string part :
       {"<dd>lgm</dd>", "<dd>digits</dd>", "50.00 %", "12.50 %", "<td>0.7500</td>", "labelled zero",
        "ROC by likelihood", "\"thresholds\":[-99.0,-9.0,-8.0,-3.0,-1.5]"}) {
    BOOST_TEST(contains(page, part), part);
  }
  // There are no curves of training, no features and no attack that succeeds.
  BOOST_TEST(!contains(page, "<h2>Training"));
  BOOST_TEST(!contains(page, "<h2>Feature space"));
  BOOST_TEST(contains(page, "<th scope=\"row\">fgsm_0.3</th><td>0</td><td>–</td>"));
  // Infinite scores have no place in JSON, and one image could not be read.
  BOOST_TEST(!contains(page, "null"));
  BOOST_TEST(!contains(page, "inf,"));
}

BOOST_AUTO_TEST_CASE(the_likelihood_of_losses_without_is_called_an_affinity) {
  write("scores.csv",
        kHeader +
            "clean,0,1,1,1.5,,0.5,,,,\nclean,1,0,1,3,,0.6,,,,\n"
            "fgsm_0.3,0,1,0,1,,0.1,,,,\nfgsm_0.3,1,0,1,2,,0.1,,,,\nclothes,0,3,1,1,,0.2,,,,\n");
  auto run = read_run(folder.path());
  run.evaluation.erase("calibration");
  const auto sections = run_sections(run, pixels);
  BOOST_TEST(contains(html_page("small", sections), "ROC by winning affinity"));
  BOOST_TEST(!contains(html_page("small", sections), "by likelihood"));
  const std::string html = sections[2].body_html;
  BOOST_TEST(contains(html, "\"title\":\"winning affinity\""));
  BOOST_TEST(!contains(html, "\"name\":\"p_value\""));
}

BOOST_AUTO_TEST_CASE(refusals_of_each_class_and_risks_are_shown) {
  auto run = read_run(folder.path());
  BOOST_TEST(!contains(html_page("small", run_sections(run, pixels)), "refused, by class"));
  const auto rates = R"({"class": "seven", "images": 12, "false_reject_at_0.01": 0.0625,
                         "false_reject_at_0.05": null})";
  run.evaluation["calibration"] = nlohmann::ordered_json::parse(fmt::format(
      R"({{"by_predicted_class": [{0}], "by_true_class": [{0}], "risks": [
          {{"risk": 0.01, "confidence": 0.987654, "coverage": 0.5, "measured_risk": 0.0078125,
            "images": 2}},
          {{"risk": 0.001, "confidence": 1, "coverage": 0, "measured_risk": null, "images": 2}}]}})",
      rates));
  const std::string page = html_page("small", run_sections(run, pixels));
  for (const std::string part :
       {"refused, by class", "seven", "6.25 %", "0.987654", "0.78 %", "0.1 %"}) {
    BOOST_TEST(contains(page, part), part);
  }
  // Of many classes those of which most is refused.
  auto many = nlohmann::ordered_json::array();
  for (int k = 0; k < 30; ++k) {
    many.push_back({{"class", fmt::format("class {}.", k)},
                    {"images", 5},
                    {"false_reject_at_0.01", k == 29 ? 0.5 : 0.01 * k / 30},
                    {"false_reject_at_0.05", 0.5}});
  }
  run.evaluation["calibration"]["by_predicted_class"] = many;
  run.evaluation["calibration"]["by_true_class"] = many;
  const auto table = refusal_table(run.evaluation);
  BOOST_TEST(table.rows.size() == 20U);
  BOOST_TEST(table.rows[0][0] == "class 29.");
  BOOST_TEST(table.rows[0][2] == "50.00 %");
  BOOST_TEST(table.rows[19][0] == "class 10.");
}

BOOST_AUTO_TEST_CASE(verification_has_a_part_of_the_page) {
  auto evaluation = read_evaluation(folder / "evaluation.json");
  for (const char* fact : {"seed", "epochs", "classes"}) evaluation[fact] = 2;
  evaluation["network"] = "conv6";
  evaluation["features"] = 100;
  write("evaluation.json", evaluation.dump());
  BOOST_TEST(run_sections(read_run(folder.path()), pixels)[4].body_html.empty());

  const auto score = R"({"accuracy": 81.25, "roc": [[0, 0.5], [1, 1]]})";
  write("verification.json", fmt::format(R"({{"recipe": "small", "loss": "lgm", "seed": 2,
    "epochs": 2, "scores": {{"cosine": {}}}}})",
                                         score));
  const auto run = read_run(folder.path());
  const auto section = run_sections(run, pixels)[4];
  BOOST_TEST(section.title == "Verification of pairs");
  BOOST_TEST(contains(section.body_html, "81.25"));
  BOOST_TEST(contains(section.body_html, "id=\"roc-verification\""));
  const auto charts = run_charts(run);
  BOOST_TEST(std::any_of(charts.begin(), charts.end(),
                         [](const auto& chart) { return chart.name == "roc-verification"; }));
}

BOOST_AUTO_TEST_CASE(each_score_of_pairs_has_a_row) {
  const auto table = pairs_table(nlohmann::ordered_json::parse(R"({
    "pairs": {"genuine": 3000, "impostor": 2000, "folds": 10},
    "scores": {
      "cosine": {"accuracy": 77.816, "standard_error": 0.7, "eer": 22.6, "auroc": 0.86543,
                 "tar_at_far": {"0.1": 0.632, "0.001": null}},
      "euclidean": {"accuracy": 50, "tar_at_far": {"0.01": 0.25}}}})"));
  const std::vector<std::vector<std::string>> expected{
      {"score", "accuracy (%)", "standard error", "EER (%)", "AUROC", "TAR at FAR 0.1",
       "TAR at FAR 0.001", "TAR at FAR 0.01"},
      {"cosine", "77.82", "0.70", "22.60", "0.8654", "0.6320", "–", "–"},
      {"euclidean", "50.00", "–", "–", "–", "–", "–", "0.2500"}};
  BOOST_TEST(table.columns == expected[0], boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(table.rows.size() == 2U);
  for (size_t i = 0; i < 2; ++i) {
    BOOST_TEST(table.rows[i] == expected[i + 1], boost::test_tools::per_element());
  }
  BOOST_TEST(table.note.rfind("3000 genuine and 2000 impostor pairs, 10 folds. ", 0) == 0U);
}

BOOST_AUTO_TEST_CASE(figures_replace_the_folder_as_a_whole) {
  const auto charts = run_charts(read_run(folder.path()));
  const auto figures = folder / "figures";
  std::filesystem::create_directories(figures);
  write("figures/old.svg", "");
  write_figures(figures, charts);
  BOOST_TEST(std::filesystem::exists(figures / "roc-likelihood.svg"));
  BOOST_TEST(read_file(figures / "roc-likelihood.svg").rfind("<svg", 0) == 0U);
  BOOST_TEST(!std::filesystem::exists(figures / "old.svg"));
  BOOST_TEST(!std::filesystem::exists(folder / "figures.unfinished"));

  auto bad = charts;
  bad.back().chart.x_range = {{1, 0}};
  BOOST_CHECK_THROW(write_figures(figures, bad), std::invalid_argument);
  BOOST_TEST(std::filesystem::exists(figures / "roc-likelihood.svg"));
  BOOST_TEST(!std::filesystem::exists(folder / "figures.unfinished"));
}

BOOST_AUTO_TEST_CASE(figures_of_another_form_are_named) {
  auto run = read_run(folder.path());
  run.evaluation["roc"]["fgsm_0.3"]["log_likelihood"] = "none";
  BOOST_TEST(error([&] {
               run_charts(run);
             }).rfind("evaluation.json: expected what gmtrain evaluate writes: ", 0) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
