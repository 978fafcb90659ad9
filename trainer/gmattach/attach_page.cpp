// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/images/decode.hpp"
#include "core/metrics/detection.hpp"
#include "core/metrics/refusals.hpp"
#include "core/report/chart.hpp"
#include "core/report/examples.hpp"
#include "core/report/page.hpp"
#include "gmattach/measure.hpp"
#include "gmattach/rivals.hpp"

namespace gmattach {
namespace {

using json = nlohmann::ordered_json;
using gmtrain::report::Chart;
using gmtrain::report::escape_html;
using gmtrain::report::Table;

constexpr size_t kPictures = 16;

std::string percent(const json& share) {
  return share.is_number() ? fmt::format("{:.2f} %", 100 * share.get<double>()) : "–";
}

std::string area(const json& value) {
  return value.is_number() ? fmt::format("{:.4f}", value.get<double>()) : "–";
}

std::string fact(const char* name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escape_html(value));
}

std::string facts_html(const json& figures) {
  const json& parts = figures.at("parts");
  const auto number = [&](const char* part) { return parts.at(part).dump(); };
  return "<dl class=\"facts\">\n" + fact("model", figures.at("model").get<std::string>()) +
         fact("cut at", figures.at("cut").at("where").get<std::string>()) +
         fact("pictures", figures.at("images").get<std::string>()) +
         fact("fitted to", number("fit")) + fact("form chosen by", number("choose")) +
         fact("calibrated on", figures.at("calibrated_on").get<std::string>()) +
         fact("measured on", number("test")) +
         fact("form", figures.at("form").at("chosen").get<std::string>()) + "</dl>\n";
}

Table accuracy_table(const json& test) {
  return {"Right classes of test pictures",
          {"", "right", "agrees with the other"},
          {{"the network's own last layer", percent(test.at("own_accuracy")),
            percent(test.at("agreement"))},
           {"the head", percent(test.at("accuracy")), percent(test.at("agreement"))}},
          test.at("own_accuracy").is_null()
              ? "Which class of the network is which folder is not known: --labels says so."
              : ""};
}

Table refusal_table(const json& figures) {
  Table table{"Accepted at a false-reject rate",
              {"pictures", "number", "at 1 %", "at 5 %", "AUROC", "AUROC by own softmax"},
              {},
              "AUROC: how often a test picture has a larger p-value than one of the set. Own "
              "softmax: the same by the largest softmax of the network's own scores."};
  const json& test = figures.at("test");
  const auto kept = [&](const char* key) { return percent(json(1 - test.at(key).get<double>())); };
  table.rows.push_back({"test pictures", test.at("images").dump(), kept("false_reject_at_0.01"),
                        kept("false_reject_at_0.05"), "–", "–"});
  const auto add = [&](const std::string& name, const json& set) {
    table.rows.push_back({name, set.at("images").dump(), percent(set.at("accepted_at_0.01")),
                          percent(set.at("accepted_at_0.05")), area(set.at("auroc")),
                          area(set.at("auroc_of_own_confidence"))});
  };
  for (const auto& [name, set] : figures.at("outliers").items()) add(name, set);
  if (!figures.at("mistakes").is_null()) add("the head's mistakes", figures.at("mistakes"));
  return table;
}

/// Share of test pictures that are refused at each rate: near or below the diagonal.
Chart refusal_chart(const Judged& test) {
  const auto p_values = test.p_values();
  const auto images = static_cast<double>(p_values.size());
  Chart chart;
  chart.title = "Test pictures refused";
  chart.x_label = "false-reject rate";
  chart.y_label = "share refused";
  gmtrain::report::Line measured{"measured", {}},
      promised{"at most, in the mean", {{0, 0}, {1, 1}}};
  constexpr int kSteps = 100;
  for (int step = 0; step <= kSteps; ++step) {
    const double rate = static_cast<double>(step) / kSteps;
    const auto accepted = static_cast<double>(gmtrain::accepted_at(p_values, rate));
    measured.points.push_back({rate, 1 - accepted / images});
  }
  chart.lines = {measured, promised};
  chart.x_range = chart.y_range = Chart::Range{0, 1};
  return chart;
}

Chart roc_chart(const Judged& test, const std::vector<Judged>& outliers) {
  Chart chart;
  chart.title = "Test pictures against outliers, by p-value";
  chart.x_label = "share of outliers accepted";
  chart.y_label = "share of test pictures accepted";
  for (const Judged& set : outliers)
    chart.lines.push_back({set.name, gmtrain::roc_points(test.p_values(), set.p_values())});
  chart.x_range = chart.y_range = Chart::Range{0, 1};
  return chart;
}

std::string picture_html(const Judged& set, int64_t place, const std::string& caption, bool wrong) {
  const std::string& path = set.features.files[place].path;
  std::string source;
  try {
    source = gmtrain::report::thumbnail_uri(gmtrain::read_image(path));
  } catch (const gmtrain::ImageError&) {
    return "";  // it was there when it was judged
  }
  return fmt::format(
      "<figure class=\"thumb{}\"><img src=\"{}\" alt=\"\" title=\"{}\"><figcaption>{}</figcaption>"
      "</figure>\n",
      wrong ? " wrong" : "", source, escape_html(path), escape_html(caption));
}

/// Pictures of a set from one end of the p-values.
std::string row_html(const Judged& set, bool least, const std::vector<std::string>& classes) {
  std::vector<int64_t> places(set.verdicts.size());
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(), [&](int64_t a, int64_t b) {
    const float x = set.verdicts[a].pValue, y = set.verdicts[b].pValue;
    return least ? x < y : x > y;
  });
  places.resize(std::min(places.size(), kPictures));
  std::string html = "<div class=\"row\">\n";
  for (const int64_t place : places) {
    const auto& verdict = set.verdicts[place];
    const int64_t label = set.features.files[place].label;
    html +=
        picture_html(set, place,
                     fmt::format("{} {:.3f}", gmtrain::report::class_name(classes, verdict.classId),
                                 verdict.pValue),
                     label >= 0 && verdict.classId != label);
  }
  return html + "</div>\n";
}

std::string pictures_html(const Judged& test, const std::vector<Judged>& outliers,
                          const std::vector<std::string>& classes) {
  std::string html =
      "<p>Below each picture its class and p-value, as the head says; red where the class is "
      "wrong.</p>\n<h3>Test pictures with the least p-values</h3>\n" +
      row_html(test, true, classes);
  for (const Judged& set : outliers)
    html += fmt::format("<h3>{}: those with the largest p-values</h3>\n", escape_html(set.name)) +
            row_html(set, false, classes);
  return html;
}

Table forms_table(const json& form) {
  Table table{"Forms of the head on pictures held out from the fit",
              {"form", "error", "mean AUROC"},
              {},
              "Chosen: " + form.at("chosen").get<std::string>() + ", for " +
                  form.at("why").get<std::string>() + "."};
  for (const json& tried : form.at("tried"))
    table.rows.push_back({tried.at("form").get<std::string>(),
                          fmt::format("{:.2f} %", tried.at("error_percent").get<double>()),
                          area(tried.at("mean_auroc"))});
  return table;
}

}  // namespace

std::string attach_page(const json& figures, const Judged& test,
                        const std::vector<Judged>& outliers,
                        const std::vector<std::string>& classes) {
  std::vector<gmtrain::report::NamedChart> charts{{"refusals", refusal_chart(test)}};
  if (!outliers.empty()) charts.push_back({"roc", roc_chart(test, outliers)});
  return gmtrain::report::html_page(
      figures.at("out").get<std::string>(),
      {{"", facts_html(figures)},
       {"Classes", to_html(accuracy_table(figures.at("test")))},
       {"Refusals", to_html(refusal_table(figures)) + to_html(charts)},
       {"Rivals", rivals_html(figures.value("rivals", json()))},
       {"Pictures", pictures_html(test, outliers, classes)},
       {"Form", to_html(forms_table(figures.at("form")))}});
}

}  // namespace gmattach
