// SPDX-License-Identifier: Apache-2.0
#include "core/report/examples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "core/report/page.hpp"

namespace gmtrain::report {
namespace {

constexpr double kThumbnailSide = 64;

/// Ascending by likelihood, equal ones in the order of the table.
void sort_by_likelihood(std::vector<int64_t>& places, const ScoreTable& table) {
  const auto& log_likelihood = table.score("log_likelihood");
  std::stable_sort(places.begin(), places.end(),
                   [&](int64_t a, int64_t b) { return log_likelihood[a] < log_likelihood[b]; });
}

constexpr int64_t kClasses = 20;
constexpr size_t kImages = 6;

std::string with_minus(double value) {
  return fmt::format("{}{:.3f}", value < 0 ? "−" : "", std::abs(value));
}

std::string row_html(const ScoreTable& clean, const std::vector<int64_t>& places,
                     const std::vector<std::string>& classes, const Pixels& pixels) {
  const auto images = pixels(clean.set, clean.rows(places).image);
  std::string html = "<div class=\"row\">\n";
  for (size_t i = 0; i < places.size(); ++i) {
    if (images.at(i).empty()) continue;
    const int64_t place = places[i];
    const bool wrong = clean.predicted[place] != clean.label[place];
    const std::string caption = escape_html(caption_of(clean, place, classes, false));
    html += fmt::format(
        "<figure class=\"thumb{}\" title=\"{}\"><img src=\"{}\" alt=\"{}\">{}{}</figure>\n",
        wrong ? " wrong" : "", caption, thumbnail_uri(images[i]), caption,
        with_minus(clean.score("log_likelihood")[place]),
        wrong ? "<br>as " + escape_html(class_name(classes, clean.predicted[place])) : "");
  }
  return html + "</div>\n";
}

}  // namespace

std::vector<int64_t> example_places(const ScoreTable& table, size_t count) {
  std::vector<int64_t> places(table.image.size());
  std::iota(places.begin(), places.end(), int64_t{0});
  sort_by_likelihood(places, table);
  if (places.size() <= count) return places;
  std::vector<int64_t> picked;
  for (size_t i = 0; i < count; ++i) {
    // The middle of each of `count` equal parts.
    picked.push_back(places[(2 * i + 1) * places.size() / (2 * count)]);
  }
  return picked;
}

std::vector<Extremes> extremes_of(const ScoreTable& clean, int64_t classes, size_t count) {
  std::vector<Extremes> all;
  for (int64_t label = 0; label < classes; ++label) {
    std::vector<int64_t> places;
    for (int64_t i = 0; i < clean.size(); ++i) {
      if (clean.label[i] == label) places.push_back(i);
    }
    sort_by_likelihood(places, clean);
    const auto least = static_cast<std::ptrdiff_t>(std::min(count, (places.size() + 1) / 2));
    const auto most = static_cast<std::ptrdiff_t>(std::min(count, places.size() / 2));
    all.push_back({label,
                   {places.begin(), places.begin() + least},
                   {places.rbegin(), places.rbegin() + most}});
  }
  return all;
}

std::string thumbnail_uri(const cv::Mat& image) {
  const double factor = kThumbnailSide / std::max(image.rows, image.cols);
  if (factor >= 1) return png_data_uri(image);
  cv::Mat small;
  cv::resize(image, small, {}, factor, factor, cv::INTER_AREA);
  return png_data_uri(small);
}

std::string class_name(const std::vector<std::string>& classes, int64_t label) {
  return label >= 0 && label < static_cast<int64_t>(classes.size()) ? classes[label]
                                                                    : fmt::format("{}", label);
}

std::string caption_of(const ScoreTable& table, int64_t place,
                       const std::vector<std::string>& classes, bool foreign) {
  const std::string labelled =
      foreign ? "" : fmt::format(", labelled {}", class_name(classes, table.label[place]));
  return fmt::format("image {}{}, predicted {}", table.image[place], labelled,
                     class_name(classes, table.predicted[place]));
}

std::string extremes_html(const ScoreTable& clean, const std::vector<std::string>& classes,
                          const Pixels& pixels) {
  const auto count = static_cast<int64_t>(classes.size());
  // Losses without p-values have no likelihood either.
  std::string html = fmt::format(
      "<p>Clean images by the {} of their predicted class, which is written below them: the "
      "highest of each class, then the lowest. What was classified wrongly is in red, with "
      "the predicted class.</p>\n",
      clean.find("p_value") ? "log-likelihood" : "affinity");
  if (count > kClasses) {
    html += fmt::format("<p class=\"note\">The first {} of {} classes.</p>\n", kClasses, count);
  }
  html +=
      "<div class=\"extremes\">\n<div class=\"head\">class</div>"
      "<div class=\"head side\">highest</div><div class=\"head side\">lowest</div>\n";
  for (const auto& [label, least, most] : extremes_of(clean, std::min(count, kClasses), kImages)) {
    html += fmt::format("<div class=\"class\">{}</div>\n", escape_html(class_name(classes, label)));
    html += row_html(clean, most, classes, pixels) + row_html(clean, least, classes, pixels);
  }
  return html + "</div>\n";
}

}  // namespace gmtrain::report
