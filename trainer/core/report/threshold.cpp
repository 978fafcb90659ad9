// SPDX-License-Identifier: Apache-2.0
#include "core/report/threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/report/page.hpp"

namespace gmtrain::report {
namespace {

constexpr size_t kThresholds = 500;  // of the clean images, and of the others

/// Where a threshold can be.
std::vector<double> finite_ascending(std::vector<double> values) {
  values.erase(
      std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }),
      values.end());
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<double> thresholds_of(const std::vector<ScoreTable>& tables, const std::string& score) {
  std::vector<double> others;
  for (size_t i = 1; i < tables.size(); ++i) {
    const auto& values = tables[i].score(score);
    others.insert(others.end(), values.begin(), values.end());
  }
  auto found = quantiles(finite_ascending(tables[0].score(score)), kThresholds);
  const auto more = quantiles(finite_ascending(std::move(others)), kThresholds);
  found.insert(found.end(), more.begin(), more.end());
  if (score == "p_value") found.insert(found.end(), {0.01, 0.05});
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// How many of `values` are at least each threshold.
std::vector<int64_t> at_least(std::vector<double> values, const std::vector<double>& thresholds) {
  std::sort(values.begin(), values.end());
  std::vector<int64_t> counts;
  for (const double threshold : thresholds) {
    counts.push_back(values.end() - std::lower_bound(values.begin(), values.end(), threshold));
  }
  return counts;
}

AcceptedCounts counts_of(const ScoreTable& table, const std::string& score,
                         const std::vector<double>& thresholds) {
  const auto& values = table.score(score);
  std::vector<double> wrong;
  for (int64_t i = 0; i < table.size(); ++i) {
    if (table.predicted[i] != table.label[i]) wrong.push_back(values[i]);
  }
  return {table.set, table.size(), at_least(values, thresholds), at_least(wrong, thresholds)};
}

using json = nlohmann::ordered_json;

constexpr size_t kExamples = 24;  // of each set

struct ScoreText {
  const char *name, *title, *meaning;
};

constexpr ScoreText kTexts[] = {
    {"log_likelihood", "log-likelihood", "The score is log N(x; μ, Λ) of the predicted class."},
    {"log_density", "log-density", "The score is log p(x) of the whole mixture."},
    {"p_value", "p-value",
     "The score is the share of calibration images that are at least as far from their class's "
     "mean. Refusing below p gives up at most a share p of images like those."},
    {"neg_log_error", "posterior", "The score is the posterior of the predicted class."}};

/// A loss with distances has p-values; the likelihood of the others is something else.
constexpr const char* kAffinity =
    "The score is the affinity of the predicted class: this loss has no likelihood, and the "
    "paper's Sect. 4.3 takes the winning affinity in its place.";

/// Of a loss with distances but no mixture.
constexpr const char* kCenter =
    "The score is log N(x; c, I), c the center of the predicted class, which the softmax chooses.";

json score_json(const ScoreThresholds& score, bool has_p_values, bool has_density) {
  const auto* text =
      std::find_if(std::begin(kTexts), std::end(kTexts),
                   [&](const ScoreText& known) { return known.name == score.score; });
  const bool is_affinity = score.score == "log_likelihood" && !has_p_values;
  const char* meaning = score.score != "log_likelihood" ? text->meaning
                        : is_affinity                   ? kAffinity
                        : has_density                   ? text->meaning
                                                        : kCenter;
  json made{{"name", score.score},
            {"title", is_affinity ? "winning affinity" : text->title},
            {"meaning", meaning},
            {"thresholds", score.thresholds},
            {"sets", json::array()}};
  for (const AcceptedCounts& set : score.sets) {
    made["sets"].push_back({{"accepted", set.accepted}, {"wrong", set.accepted_and_wrong}});
  }
  return made;
}

/// JSON has no infinity.
double finite(double value) {
  constexpr double kMost = std::numeric_limits<double>::max();
  return std::clamp(value, -kMost, kMost);
}

json examples_json(const ScoreTable& table, const std::vector<ScoreThresholds>& scores,
                   const std::vector<std::string>& classes, bool foreign, const Pixels& pixels) {
  const auto places = example_places(table, kExamples);
  const auto images = pixels(table.set, table.rows(places).image);
  json list = json::array();
  for (size_t i = 0; i < places.size(); ++i) {
    if (images.at(i).empty()) continue;
    json example{{"caption", caption_of(table, places[i], classes, foreign)},
                 {"source", thumbnail_uri(images[i])},
                 {"scores", json::array()}};
    for (const ScoreThresholds& score : scores) {
      example["scores"].push_back(finite(table.score(score.score)[places[i]]));
    }
    list.push_back(std::move(example));
  }
  return list;
}

/// JSON that no "</script>" within can end early.
std::string script_safe(const json& data) {
  std::string text;
  for (const char c : data.dump(-1, ' ', false, json::error_handler_t::replace))
    c == '<' ? text += "\\u003c" : text += c;
  return text;
}

constexpr const char* kHtml = R"(<div class="threshold" id="threshold">
<p>An image is accepted when its score is at least the threshold. Rates are counted over all images of a
set; the images below are {} of each set at even ranks of its likelihood.</p>
<div class="controls">
<label>Score <select id="threshold-score" autocomplete="off"></select></label>
<button type="button" data-refuse="0">accept all clean</button>
<button type="button" data-refuse="0.01">refuse 1 % of clean</button>
<button type="button" data-refuse="0.05">refuse 5 % of clean</button>
</div>
<label for="threshold-slider">Accept from <output id="threshold-value" for="threshold-slider"></output></label>
<input type="range" id="threshold-slider" min="0" step="1" autocomplete="off">
<p class="note" id="threshold-meaning"></p>
<div class="scroll"><table id="threshold-rates">
<thead><tr><th scope="col">set</th><th scope="col">images</th><th scope="col">accepted</th>
<th scope="col">refused</th><th scope="col">accepted and wrong</th><th scope="col"></th></tr></thead>
<tbody></tbody>
</table></div>
<div class="examples" id="threshold-examples"></div>
<noscript><p>This part needs JavaScript.</p></noscript>
</div>
<script type="application/json" id="threshold-data">{}</script>
<script>
{}</script>)";

}  // namespace

std::vector<double> quantiles(const std::vector<double>& ascending, size_t count) {
  if (ascending.size() <= count) return ascending;
  std::vector<double> picked;
  for (size_t i = 0; i < count; ++i) {
    picked.push_back(ascending[i * (ascending.size() - 1) / (count - 1)]);
  }
  return picked;
}

std::vector<ScoreThresholds> acceptance(const std::vector<ScoreTable>& tables) {
  if (tables.empty()) throw std::invalid_argument("acceptance: expected at least one table");
  std::vector<ScoreThresholds> all;
  for (const auto& [score, values] : tables[0].scores) {
    const bool everywhere =
        std::all_of(tables.begin(), tables.end(),
                    [&, &name = score](const ScoreTable& table) { return table.find(name); });
    if (!everywhere) continue;
    ScoreThresholds made{score, thresholds_of(tables, score), {}};
    if (made.thresholds.empty()) continue;
    for (const ScoreTable& table : tables) {
      made.sets.push_back(counts_of(table, score, made.thresholds));
    }
    all.push_back(std::move(made));
  }
  return all;
}

std::string threshold_html(const std::vector<ScoreTable>& tables,
                           const std::vector<std::string>& foreign,
                           const std::vector<std::string>& classes, const Pixels& pixels) {
  const auto scores = acceptance(tables);
  const auto has = [&](const char* name) {
    return std::any_of(scores.begin(), scores.end(),
                       [&](const ScoreThresholds& score) { return score.score == name; });
  };
  json data{{"scores", json::array()}, {"sets", json::array()}};
  for (const ScoreThresholds& score : scores) {
    data["scores"].push_back(score_json(score, has("p_value"), has("log_density")));
  }
  for (const ScoreTable& table : tables) {
    const bool is_foreign = std::find(foreign.begin(), foreign.end(), table.set) != foreign.end();
    data["sets"].push_back(
        {{"name", table.set},
         {"images", table.size()},
         {"foreign", is_foreign},
         {"examples", examples_json(table, scores, classes, is_foreign, pixels)}});
  }
  return fmt::format(kHtml, kExamples, script_safe(data), asset("threshold.js"));
}

}  // namespace gmtrain::report
