// SPDX-License-Identifier: Apache-2.0
// The files beside the figures: cards that say what evaluation.json says, and models as small as
// promised.
#include <fmt/format.h>

#include <opencv2/dnn_gm.hpp>

#include "message_of.hpp"
#include "models/published.hpp"

using json = nlohmann::ordered_json;

namespace {

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

/// A row with the shares at the false-reject rates 0.01 and 0.05.
std::string at_both_rates(const std::string& title, const json& shares, const std::string& key) {
  return fmt::format("| {} | {} / {} |\n", title, percent(shares.at(key + "0.01")),
                     percent(shares.at(key + "0.05")));
}

std::string auroc_row(const json& scores) {
  const auto auroc = [&](const char* score) { return scores.at(score).at("auroc").get<double>(); };
  return fmt::format(
      "| … told from the test images: AUROC by p-value / by likelihood | {:.4f} / {:.4f} |\n",
      auroc("p_value"), auroc("log_likelihood"));
}

std::string attack_rows(const json& attacks) {
  std::string rows;
  for (const auto& [name, figures] : attacks.items()) {
    rows += fmt::format("| `{}` | {} | {} | {} / {} |\n", name, figures.at("images").get<int>(),
                        percent(figures.at("error").get<double>() / 100),
                        percent(figures.at("accepted_at_0.01")),
                        percent(figures.at("accepted_at_0.05")));
  }
  return rows;
}

/// What a card must say, word for word.
std::vector<std::string> figures_of(const json& evaluation) {
  const json foreign = Published::foreign(evaluation);
  return {
      fmt::format("--recipe trainer/recipes/{}.toml --set train.seed={} ",
                  evaluation.at("recipe").get<std::string>(), evaluation.at("seed").get<int>()),
      fmt::format("| wrong classes | {} |\n",
                  percent(evaluation.at("test_error").get<double>() / 100)),
      at_both_rates("test images refused at p < 0.01 / 0.05", evaluation.at("calibration"),
                    "false_reject_at_"),
      at_both_rates("foreign images accepted at p ≥ 0.01 / 0.05", foreign, "accepted_at_"),
      auroc_row(foreign.at("scores")),
      attack_rows(evaluation.at("adversarial")),
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cards)

BOOST_AUTO_TEST_CASE(a_card_says_what_was_measured) {
  for (const Published& model : kPublished) {
    const std::string card = gmtrain::read_file(model.file(".md"));
    for (const std::string& part : figures_of(model.evaluation())) {
      BOOST_TEST(contains(card, part), "expected in " << model.file(".md") << ":\n" << part);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_model_is_small_calibrated_and_names_its_classes) {
  for (const Published& model : kPublished) {
    BOOST_TEST(std::filesystem::file_size(model.file(".onnx")) <= 2'000'000U, model.name);
    const auto classifier = cv::dnn_gm::OpenSetClassifier::create(model.file(".onnx").string());
    BOOST_TEST(classifier->isCalibrated(), model.name);
    const auto found = classifier->getLabels();
    const std::vector<std::string> labels(found.begin(), found.end());
    const json expected = model.evaluation().at("settings").at("data").at("labels");
    BOOST_TEST((expected == json(labels)), model.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
