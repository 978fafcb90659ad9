#include "core/report/table.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/report/page.hpp"

namespace gmtrain::report {
namespace {

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

std::string escape_markdown(const std::string& cell) {
  std::string escaped;
  for (const char c : cell) {
    if (c == '|' || c == '\\') escaped += '\\';
    escaped += c == '\n' || c == '\r' ? ' ' : c;
  }
  return escaped;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + escape_markdown(cell) + " |";
  return row + "\n";
}

}  // namespace

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

std::string to_markdown(const Table& table) {
  check(table);
  std::string text;
  if (!table.title.empty()) text += fmt::format("**{}**\n\n", escape_markdown(table.title));
  text += markdown_row(table.columns) + "|";
  for (size_t i = 0; i < table.columns.size(); ++i) text += i == 0 ? "---|" : "---:|";
  text += "\n";
  for (const auto& row : table.rows) text += markdown_row(row);
  if (!table.note.empty()) text += "\n" + table.note + "\n";
  return text;
}

}  // namespace gmtrain::report
