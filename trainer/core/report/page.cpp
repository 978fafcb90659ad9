#include "core/report/page.hpp"

#include <fmt/format.h>

#include "core/report/asset.hpp"

namespace gmtrain::report {
namespace {

std::string contents(const std::vector<Section>& sections) {
  std::string links;
  int number = 0;
  for (const auto& [title, body] : sections) {
    ++number;
    if (body.empty() || title.empty()) continue;
    links += fmt::format("<a href=\"#s{}\">{}</a>\n", number, escape_html(title));
  }
  return links;
}

std::string section_html(const Section& section, int number) {
  const std::string heading =
      section.title.empty() ? "" : fmt::format("<h2>{}</h2>\n", escape_html(section.title));
  return fmt::format("<section id=\"s{}\">\n{}{}\n</section>\n", number, heading,
                     section.body_html);
}

}  // namespace

std::string html_page(const std::string& title, const std::vector<Section>& sections) {
  std::string body;
  int number = 0;
  for (const Section& section : sections) {
    ++number;
    if (!section.body_html.empty()) body += section_html(section, number);
  }
  const std::string escaped = escape_html(title);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<header><h1>{}</h1>\n"
      "<nav>\n{}</nav></header>\n<main>\n{}</main>\n</body>\n</html>\n",
      escaped, asset("page.css"), escaped, contents(sections), body);
}

}  // namespace gmtrain::report
