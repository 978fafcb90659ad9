// SPDX-License-Identifier: Apache-2.0
#include "core/report/run_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "core/report/run_files.hpp"

namespace gmtrain::report {
namespace {

using json = nlohmann::ordered_json;

const std::string kNone = "–";
constexpr size_t kClasses = 20;  // that a table has rows for

/// The number at a path such as /scores/neg_log_error/eer; null if there is none.
const json* find(const json& figures, const std::string& path) {
  const json::json_pointer pointer(path);
  if (!figures.contains(pointer)) return nullptr;
  const json& value = figures.at(pointer);
  return value.is_number() ? &value : nullptr;
}

std::string count(const json& figures, const std::string& path) {
  const json* value = find(figures, path);
  return value ? fmt::format("{}", value->get<int64_t>()) : kNone;
}

std::string fixed(const json& figures, const std::string& path, int decimals) {
  const json* value = find(figures, path);
  return value ? fmt::format("{:.{}f}", value->get<double>(), decimals) : kNone;
}

/// Of what is in percent already.
std::string percent(const json& figures, const std::string& path) {
  const json* value = find(figures, path);
  return value ? fmt::format("{:.2f} %", value->get<double>()) : kNone;
}

std::string fraction_as_percent(const json& figures, const std::string& path) {
  const json* value = find(figures, path);
  return value ? fmt::format("{:.2f} %", 100 * value->get<double>()) : kNone;
}

/// A part by its name; an empty one where there is none.
const json& part(const json& figures, const char* name) {
  static const json empty = json::object();
  const auto found = figures.find(name);
  return found == figures.end() ? empty : *found;
}

std::vector<std::string> detection_row(const std::string& name, const json& figures) {
  // Equal error rates of foreign sets have another name at the top than those of attacks.
  return {name,
          count(figures, "/images"),
          percent(figures, "/error"),
          percent(figures, "/scores/log_likelihood/eer"),
          percent(figures, "/scores/neg_log_error/eer"),
          fixed(figures, "/auroc", 4),
          fixed(figures, "/aupr_in", 4),
          fixed(figures, "/aupr_out", 4),
          fraction_as_percent(figures, "/fpr95"),
          fraction_as_percent(figures, "/accepted_at_0.01"),
          fraction_as_percent(figures, "/accepted_at_0.05"),
          fraction_as_percent(figures, "/accepted_by_distance_at_0.01"),
          fraction_as_percent(figures, "/accepted_by_distance_at_0.05")};
}

const std::vector<std::string> kDetection{
    "set",           "images",           "error",           "EER",   "EER, posterior",
    "AUROC",         "AUPR in",          "AUPR out",        "FPR95", "accepted, 1 %",
    "accepted, 5 %", "by distance, 1 %", "by distance, 5 %"};
constexpr size_t kAccepted = 4;  // of them, the last ones

Table all_images(const json& evaluation) {
  Table table{
      "Each set against clean images, by " + likelihood_name(evaluation), kDetection, {}, ""};
  for (const auto& [name, figures] : part(evaluation, "adversarial").items()) {
    table.rows.push_back(detection_row(name, figures));
  }
  for (const auto& [name, figures] : part(evaluation, "ood").items()) {
    table.rows.push_back(detection_row(name, figures));
  }
  table.note =
      "EER, posterior: by the predicted class's posterior instead. FPR95: share of the set that is "
      "accepted at the threshold that accepts 95 % of the clean images. Accepted, 1 % (5 %): of "
      "successful attacks, or of foreign images, when 1 % (5 %) of images like the held-out ones "
      "are given up; by distance: by a p-value of the distance alone.";
  return table;
}

/// Without the last columns, which are of successful attacks in the other table already.
Table successful_attacks(const json& evaluation) {
  Table table{"Successful attacks alone against clean images, by " + likelihood_name(evaluation),
              kDetection,
              {},
              ""};
  table.columns.resize(table.columns.size() - kAccepted);
  table.columns.erase(table.columns.begin() + 2);
  for (const auto& [name, figures] : part(evaluation, "adversarial").items()) {
    auto row = detection_row(name, part(figures, "successful"));
    row.resize(row.size() - kAccepted);
    row.erase(row.begin() + 2);
    table.rows.push_back(std::move(row));
  }
  table.note = "Successful: classified correctly before the attack and no longer.";
  return table;
}

Table by_score(const json& evaluation) {
  Table table{"Equal error rate by score", {"set"}, {}, ""};
  for (const char* group : {"adversarial", "ood"}) {
    for (const auto& [set, figures] : part(evaluation, group).items()) {
      for (const auto& [score, values] : part(figures, "scores").items()) {
        const auto known = std::find(table.columns.begin(), table.columns.end(), score);
        if (known == table.columns.end()) table.columns.push_back(score);
      }
    }
  }
  for (const char* group : {"adversarial", "ood"}) {
    for (const auto& [set, figures] : part(evaluation, group).items()) {
      std::vector<std::string> row{set};
      for (size_t i = 1; i < table.columns.size(); ++i) {
        row.push_back(percent(figures, "/scores/" + table.columns[i] + "/eer"));
      }
      table.rows.push_back(std::move(row));
    }
  }
  const std::string name = likelihood_name(evaluation);
  if (name != "likelihood") {
    std::replace(table.columns.begin(), table.columns.end(), std::string("log_likelihood"), name);
  }
  return table;
}

/// The false accept rates that a score has true accept rates of, in the order of first mention.
std::vector<std::string> accept_rates(const json& scores) {
  std::vector<std::string> rates;
  for (const auto& [score, figures] : scores.items()) {
    for (const auto& [rate, accepted] : part(figures, "tar_at_far").items()) {
      if (std::find(rates.begin(), rates.end(), rate) == rates.end()) rates.push_back(rate);
    }
  }
  return rates;
}

std::string pairs_note(const json& verification) {
  const std::string note =
      "Standard error: of the mean accuracy over the folds. TAR: share of genuine pairs accepted "
      "where the share FAR of impostor pairs is.";
  if (!verification.contains("pairs")) return note;
  const json& pairs = verification.at("pairs");
  return fmt::format("{} genuine and {} impostor pairs, {} folds. {}", count(pairs, "/genuine"),
                     count(pairs, "/impostor"), count(pairs, "/folds"), note);
}

}  // namespace

Table classification_table(const json& evaluation) {
  Table table{"Classification", {"images", "number", "error", "AURC", "ECE"}, {}, ""};
  table.rows.push_back(
      {"test", count(evaluation, "/test_images"), percent(evaluation, "/test_error"),
       fixed(evaluation, "/classification/aurc", 6), fixed(evaluation, "/classification/ece", 4)});
  table.rows.push_back({"held out", count(evaluation, "/held_out_images"),
                        percent(evaluation, "/held_out_error"), kNone, kNone});
  table.note =
      "AURC: area under the risk-coverage curve. ECE: expected calibration error of the posterior.";
  return table;
}

Table refusal_table(const json& evaluation) {
  Table table{"Clean images refused, by class",
              {"class", "predicted as it", "refused, 1 %", "refused, 5 %", "of it", "refused, 1 %",
               "refused, 5 %"},
              {},
              ""};
  const json& calibration = part(evaluation, "calibration");
  const json &predicted = part(calibration, "by_predicted_class"),
             &of_class = part(calibration, "by_true_class");
  std::vector<size_t> rows(predicted.size());
  std::iota(rows.begin(), rows.end(), 0);
  const bool some = rows.size() > kClasses;
  const auto refused = [&](size_t k) {
    const json* share = find(predicted[k], "/false_reject_at_0.01");
    return share ? share->get<double>() : -1;
  };
  if (some) {
    std::stable_sort(rows.begin(), rows.end(),
                     [&](size_t a, size_t b) { return refused(a) > refused(b); });
    rows.resize(kClasses);
  }
  for (const size_t k : rows) {
    std::vector<std::string> row{predicted[k].at("class").get<std::string>()};
    for (const json* figures : {&predicted[k], &of_class.at(k)}) {
      row.push_back(count(*figures, "/images"));
      row.push_back(fraction_as_percent(*figures, "/false_reject_at_0.01"));
      row.push_back(fraction_as_percent(*figures, "/false_reject_at_0.05"));
    }
    table.rows.push_back(std::move(row));
  }
  table.note =
      "Of images that are predicted as the class, then of those that belong to it, when 1 % (5 %) "
      "of "
      "images like the held-out ones are given up. Classes that are ranked together share the rate "
      "unevenly.";
  if (some) {
    table.note += fmt::format(" The {} of {} classes of which most are refused at 1 %.", kClasses,
                              predicted.size());
  }
  return table;
}

Table risk_table(const json& evaluation) {
  Table table{"Error above a posterior",
              {"risk", "posterior above", "accepted", "wrong of these", "images"},
              {},
              ""};
  for (const json& figures : part(part(evaluation, "calibration"), "risks")) {
    const bool found = figures.at("confidence").get<double>() < 1;
    table.rows.push_back({fmt::format("{:g} %", 100 * figures.at("risk").get<double>()),
                          found ? fixed(figures, "/confidence", 6) : kNone,
                          fraction_as_percent(figures, "/coverage"),
                          fraction_as_percent(figures, "/measured_risk"),
                          count(figures, "/images")});
  }
  table.note =
      "The posterior above which, by the held-out images and with 95 % confidence, no larger share "
      "than the risk is wrong; what it comes to on these images. –: the held-out images do not "
      "show "
      "it for any.";
  return table;
}

std::vector<Table> detection_tables(const json& evaluation) {
  std::vector<Table> tables;
  Table all = all_images(evaluation);
  if (all.rows.empty()) return tables;
  tables.push_back(std::move(all));
  Table successful = successful_attacks(evaluation);
  if (!successful.rows.empty()) tables.push_back(std::move(successful));
  tables.push_back(by_score(evaluation));
  return tables;
}

Table pairs_table(const json& verification) {
  Table table{"Pairs of images, by score",
              {"score", "accuracy (%)", "standard error", "EER (%)", "AUROC"},
              {},
              pairs_note(verification)};
  const json& scores = verification.at("scores");
  const auto rates = accept_rates(scores);
  for (const std::string& rate : rates) table.columns.push_back("TAR at FAR " + rate);
  for (const auto& [score, figures] : scores.items()) {
    std::vector<std::string> row{score, fixed(figures, "/accuracy", 2),
                                 fixed(figures, "/standard_error", 2), fixed(figures, "/eer", 2),
                                 fixed(figures, "/auroc", 4)};
    for (const std::string& rate : rates) {
      row.push_back(fixed(part(figures, "tar_at_far"), "/" + rate, 4));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace gmtrain::report
