#include "core/report/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/detection_table.hpp"
#include "core/report/page.hpp"
#include "core/report/pairs_table.hpp"
#include "core/report/paper.hpp"
#include "core/report/paper_table.hpp"

namespace gmtrain::report {
namespace {

std::vector<std::string> remarks_on(const std::vector<RunGroup>& groups) {
  std::vector<std::string> remarks{
      fmt::format("Mean ± sample standard deviation (over n − 1) of runs that differ in the seed "
                  "alone; {} is what "
                  "was not run, or what the paper does not give. The paper: {}.",
                  kMissing, paper().source),
      "By likelihood: softmax and L-Softmax have none and are scored by their winning affinity, "
      "as in Sect. 4.3 of the paper."};
  const auto missing = tables_not_run(groups);
  if (!missing.empty()) remarks.push_back(fmt::format("Not run: {}.", fmt::join(missing, "; ")));
  return remarks;
}

std::string html_of(const std::vector<std::string>& remarks) {
  std::string html;
  for (const std::string& remark : remarks) html += fmt::format("<p>{}</p>\n", escape_html(remark));
  return html;
}

std::string html_of(const std::vector<Table>& tables) {
  std::string html;
  for (const Table& table : tables) html += to_html(table);
  return html;
}

std::string html_of(const std::vector<KeptPicture>& pictures) {
  if (pictures.empty()) return "";
  std::string html;
  for (const auto& [caption, svg] : pictures) {
    html += fmt::format("<figure class=\"chart\">\n{}<figcaption>{}</figcaption></figure>\n", svg,
                        escape_html(caption));
  }
  return fmt::format("<div class=\"charts\">\n{}</div>\n", html);
}

}  // namespace

Comparison compare(const std::vector<RunGroup>& groups) {
  return {tables_against_paper(groups), compared_detection_tables(groups), pairs_tables(groups),
          comparison_charts(groups), remarks_on(groups)};
}

std::string comparison_page(const Comparison& comparison,
                            const std::vector<KeptPicture>& feature_spaces) {
  return html_page(
      "Results beside the paper's",
      {{"Tables of the paper", html_of(comparison.remarks) + html_of(comparison.paper)},
       {"Feature space (Fig. 1)", html_of(feature_spaces)},
       {"Curves and histograms", to_html(comparison.charts)},
       {"What the paper does not measure", html_of(comparison.detection)},
       {"Verification of unseen identities", html_of(comparison.pairs)}});
}

std::string comparison_markdown(const Comparison& comparison, const std::string& figures) {
  std::string text = fmt::format("{}\n", fmt::join(comparison.remarks, "\n\n"));
  for (const auto* tables : {&comparison.paper, &comparison.detection, &comparison.pairs}) {
    for (const Table& table : *tables) text += "\n" + to_markdown(table);
  }
  if (!figures.empty() && !comparison.charts.empty()) {
    text += "\n";
    for (const auto& [name, chart] : comparison.charts) {
      text += fmt::format("<img src=\"{}{}.svg\" width=\"410\" alt=\"{}\">\n", figures, name,
                          escape_html(chart.title));
    }
  }
  text.pop_back();
  return text;
}

}  // namespace gmtrain::report
