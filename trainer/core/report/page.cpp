// SPDX-License-Identifier: Apache-2.0
#include "core/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>

namespace gmtrain::report {
namespace {

std::string base64(const std::vector<uint8_t>& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? bytes[i + j] : 0U);
    for (size_t j = 0; j < 4; ++j) {
      text += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

void check(const Table& table) {
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].size() == table.columns.size()) continue;
    throw std::invalid_argument(fmt::format("table \"{}\": expected {} cells in row {}, found {}",
                                            table.title, table.columns.size(), i + 1,
                                            table.rows[i].size()));
  }
}

std::string html_row(const std::vector<std::string>& cells, const char* tag, const char* first) {
  std::string row = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    row += fmt::format("<{}>{}</{}>", i == 0 ? first : tag, escape_html(cells[i]),
                       i == 0 ? std::string_view(first).substr(0, 2) : tag);
  }
  return row + "</tr>\n";
}

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

std::string_view asset(std::string_view name) {
  const auto found = assets().find(name);
  if (found == assets().end()) {
    throw std::out_of_range(fmt::format("core/report/assets has no file {}", name));
  }
  return found->second;
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string png_data_uri(const cv::Mat& image) {
  std::vector<uint8_t> bytes;
  if (!cv::imencode(".png", image, bytes, {cv::IMWRITE_PNG_COMPRESSION, 9})) {
    throw std::runtime_error("an image cannot be written as PNG");
  }
  return "data:image/png;base64," + base64(bytes);
}

std::string to_html(const Table& table) {
  check(table);
  std::string html = "<figure class=\"table\">\n";
  if (!table.title.empty()) {
    html += fmt::format("<figcaption>{}</figcaption>\n", escape_html(table.title));
  }
  html += "<div class=\"scroll\"><table>\n<thead>" +
          html_row(table.columns, "th", "th scope=\"col\"") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += html_row(row, "td", "th scope=\"row\"");
  html += "</tbody>\n</table></div>\n";
  if (!table.note.empty()) {
    html += fmt::format("<p class=\"note\">{}</p>\n", escape_html(table.note));
  }
  return html + "</figure>\n";
}

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
