#include "core/report/extremes_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/report/captions.hpp"
#include "core/report/page.hpp"

namespace gmtrain::report {
namespace {

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
        with_minus(clean.score("likelihood")[place]),
        wrong ? "<br>as " + escape_html(class_name(classes, clean.predicted[place])) : "");
  }
  return html + "</div>\n";
}

}  // namespace

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
