#include "core/report/named_chart.hpp"

#include <fmt/format.h>

#include "core/report/page.hpp"

namespace gmtrain::report {

std::string to_html(const std::vector<NamedChart>& charts) {
  if (charts.empty()) return "";
  std::string html = "<div class=\"charts\">\n";
  for (const auto& [name, chart] : charts) {
    html += fmt::format("<figure class=\"chart\" id=\"{}\">\n{}</figure>\n", escape_html(name),
                        to_svg(chart));
  }
  return html + "</div>\n";
}

}  // namespace gmtrain::report
