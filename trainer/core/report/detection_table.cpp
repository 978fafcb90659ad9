#include "core/report/detection_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/report/comparable.hpp"
#include "core/report/paper.hpp"
#include "core/report/run_labels.hpp"

namespace gmtrain::report {
namespace {

struct Column {
  std::string header, path;
  int decimals;
  double scale = 1;
};

struct Score {
  const char *name, *header;
};
constexpr Score kScores[] = {{"max_softmax", "AUROC by max softmax"},
                             {"energy", "by energy"},
                             {"mahalanobis", "by Mahalanobis"},
                             {"relative_mahalanobis", "by relative Mahalanobis"},
                             {"nearest_neighbour", "by nearest neighbours"}};

/// Experiments as rows; columns that none of them has a figure of are left out.
Table table_of(std::string title, const Comparable& runs, const std::vector<Column>& columns) {
  Table table{std::move(title), {""}, {}, ""};
  std::vector<Column> filled;
  std::copy_if(columns.begin(), columns.end(), std::back_inserter(filled), [&](const Column& c) {
    return std::any_of(runs.groups.begin(), runs.groups.end(),
                       [&](const RunGroup* group) { return group->estimate(c.path).has_value(); });
  });
  for (const Column& column : filled) table.columns.push_back(column.header);
  table.columns.push_back("seeds");
  for (size_t i = 0; i < runs.groups.size(); ++i) {
    std::vector<std::string> row{runs.labels[i]};
    for (const Column& column : filled) {
      const auto estimate = runs.groups[i]->estimate(column.path);
      row.push_back(estimate ? to_text(*estimate, column.decimals, column.scale) : kMissing);
      // Fewer than the row's, where not all runs measured it.
      if (estimate && estimate->count != static_cast<int64_t>(runs.groups[i]->runs.size())) {
        row.back() += fmt::format(" ({})", seeds_label(estimate->count));
      }
    }
    row.push_back(std::to_string(runs.groups[i]->runs.size()));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table compared_classification_table(const Comparable& runs) {
  std::vector<Column> columns{{"error (%)", "test_error", 2},
                              {"AURC (10⁻³)", "classification/aurc", 3, 1000},
                              {"ECE", "classification/ece", 4}};
  for (const std::string& attack : names_in(runs, "adversarial")) {
    columns.push_back({set_label(attack) + ": error (%)", "adversarial/" + attack + "/error", 2});
  }
  return table_of(runs.title + ": classification", runs, columns);
}

/// What `pgd` and `adaptive_pgd` were; empty if experiments differ in it.
std::string pgd_text(const Comparable& runs) {
  const auto* pgd = common_value(runs, "settings/evaluation/pgd");
  if (!pgd) return "";
  const auto steps = pgd->at("steps").get<int64_t>(), restarts = pgd->at("restarts").get<int64_t>();
  const auto size = pgd->at("step_size").get<double>();
  return fmt::format(" {} steps of {}, {} attempt{} from {} within the bound, of the L{} norm.",
                     steps, size > 0 ? fmt::format("{}", size) : fmt::format("2.5 ε / {}", steps),
                     restarts, restarts == 1 ? "" : "s",
                     pgd->at("random_start").get<bool>() ? "anywhere" : "the clean image",
                     pgd->at("norm") == "inf" ? "∞" : "2");
}

std::string note_of(const Comparable& runs, const std::string& part, const std::string& set) {
  const bool attack = part == "adversarial";
  std::string note = attack ? "Successful: classified correctly before the attack and no longer. "
                              "Accepted: share of the successful attacks"
                            : "Accepted: share of these images";
  note += " when 1 % (5 %) of images like the held-out ones are refused.";
  const auto* images = common_value(runs, fmt::format("{}/{}/images", part, set));
  if (images) note = fmt::format("{} images of {}. {}", images->dump(), set_label(set), note);
  return attack && set.find("pgd") != std::string::npos ? note + pgd_text(runs) : note;
}

Table set_table(const Comparable& runs, const std::string& part, const std::string& set) {
  const std::string prefix = part + "/" + set + "/";
  std::vector<Column> columns{
      {"EER by likelihood (%)", prefix + "scores/likelihood/eer", 2},
      {"of successful alone (%)", prefix + "successful/eer_likelihood", 2},
      {"AUROC by likelihood", prefix + "auroc", 4},
      {"FPR at 95 % TPR by likelihood (%)", prefix + "fpr95", 2, 100},
      {"accepted, 1 % (%)", prefix + "accepted_at_0.01", 2, 100},
      {"accepted, 5 % (%)", prefix + "accepted_at_0.05", 2, 100},
      {"EER by posterior (%)", prefix + "scores/confidence/eer", 2},
  };
  for (const Score& score : kScores) {
    columns.push_back({score.header, fmt::format("{}scores/{}/auroc", prefix, score.name), 4});
  }
  Table table =
      table_of(fmt::format("{}: clean against {}", runs.title, set_label(set)), runs, columns);
  table.note = note_of(runs, part, set);
  return table;
}

}  // namespace

std::vector<Table> compared_detection_tables(const std::vector<RunGroup>& groups) {
  std::vector<Table> tables;
  for (const Comparable& runs : comparable(groups)) {
    tables.push_back(compared_classification_table(runs));
    for (const std::string& attack : names_in(runs, "adversarial")) {
      tables.push_back(set_table(runs, "adversarial", attack));
    }
    for (const std::string& set : names_in(runs, "ood")) {
      tables.push_back(set_table(runs, "ood", set));
    }
  }
  return tables;
}

}  // namespace gmtrain::report
