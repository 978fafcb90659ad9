// SPDX-License-Identifier: Apache-2.0
#include "core/report/chart.hpp"

#include <fmt/format.h>

#include <iterator>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "core/report/chart_layout.hpp"
#include "core/report/page.hpp"

namespace gmtrain::report {
namespace {

using Point = std::array<double, 2>;

std::string text(const std::string& words, double x, double y, const char* anchor,
                 const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
                     anchor, more, escape_html(words));
}

std::string segment(double x1, double y1, double x2, double y2, const char* stroke) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2,
      y2, stroke);
}

std::string colour(size_t line) {
  const auto [red, green, blue] = line_colour(line);
  return fmt::format("#{:02x}{:02x}{:02x}", red, green, blue);
}

std::string dashes(size_t line) {
  const int style = dash_style(line);
  return style == 0 ? "" : style == 1 ? " stroke-dasharray=\"7 3\"" : " stroke-dasharray=\"2 3\"";
}

std::string axes(const Chart& chart, const ChartLayout& at) {
  std::string svg;
  const double middle = (at.left + at.right) / 2, half = (at.top + at.bottom) / 2;
  for (const auto& [value, label] : at.x.ticks(ChartLayout::kTicks)) {
    const double x = at.place({value, 0})[0];
    svg += segment(x, at.top, x, at.bottom, "#e4e7eb") + text(label, x, at.bottom + 17, "middle");
  }
  for (const auto& [value, label] : at.y.ticks(ChartLayout::kTicks)) {
    const double y = at.place({0, value})[1];
    svg += segment(at.left, y, at.right, y, "#e4e7eb") + text(label, at.left - 6, y + 4, "end");
  }
  svg += text(chart.x_label, middle, at.bottom + 38, "middle");
  svg += text(chart.y_label, 15, half, "middle",
              fmt::format(" transform=\"rotate(-90 15 {:.1f})\"", half).c_str());
  return svg + text(chart.title, at.left, 23, "start", " font-size=\"14\" font-weight=\"bold\"");
}

/// M x,y x,y ... in the area's own coordinates.
std::string path_of(const std::vector<Point>& points, const ChartLayout& at) {
  std::string path = "M";
  for (const Point& point : points) {
    const auto [x, y] = at.place(point);
    fmt::format_to(std::back_inserter(path), "{:.1f},{:.1f} ", x - at.left, y - at.top);
  }
  path.pop_back();
  return path;
}

std::string curve(const Line& line, size_t number, const ChartLayout& at) {
  std::string path;
  for (const auto& piece : pieces_of(line)) path += path_of(piece, at);
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{}/>\n", path,
                     colour(number), dashes(number));
}

std::string steps(const Line& line, size_t number, const ChartLayout& at) {
  return fmt::format(
      "<path d=\"{}\" fill=\"{}\" fill-opacity=\"0.14\" stroke=\"{}\" stroke-width=\"1.5\"{}/>\n",
      path_of(step_outline(line), at), colour(number), colour(number), dashes(number));
}

/// Lines of no length with round ends: a dot costs a dozen bytes, and there may be 10 000.
std::string dots(const Line& line, size_t number, const ChartLayout& at) {
  std::string path;
  for (const auto& piece : pieces_of(line)) {
    for (const Point& point : piece) {
      const auto [x, y] = at.place(point);
      fmt::format_to(std::back_inserter(path), "M{:.1f},{:.1f}h0", x - at.left, y - at.top);
    }
  }
  return fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\"0.6\" stroke-width=\"3.2\" "
      "stroke-linecap=\"{}\"/>\n",
      path, colour(number), dash_style(number) == 0 ? "round" : "square");
}

std::string background(const HeatMap& map, const ChartLayout& at) {
  const auto [left, top] = at.place({map.x_range[0], map.y_range[1]});
  const auto [right, bottom] = at.place({map.x_range[1], map.y_range[0]});
  return fmt::format(
      "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "preserveAspectRatio=\"none\" href=\"{}\"/>\n",
      left - at.left, top - at.top, right - left, bottom - top, png_data_uri(colours_of(map)));
}

/// A picture of its own within the chart, which cuts off what lies outside.
std::string plot(const Chart& chart, const ChartLayout& at) {
  std::string svg = fmt::format(
      "<svg x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" overflow=\"hidden\" "
      "stroke-linejoin=\"round\">\n",
      at.left, at.top, at.right - at.left, at.bottom - at.top);
  if (chart.background) svg += background(*chart.background, at);
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    const Line& line = chart.lines[i];
    if (pieces_of(line).empty()) continue;
    svg += chart.kind == Chart::Kind::lines     ? curve(line, i, at)
           : chart.kind == Chart::Kind::scatter ? dots(line, i, at)
                                                : steps(line, i, at);
  }
  return svg + "</svg>\n";
}

std::string legend(const Chart& chart, const ChartLayout& at) {
  std::string svg;
  const auto entries = legend_of(chart);
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto [x, y] = at.legend(i);
    if (entries[i].line < chart.lines.size()) {
      svg += fmt::format("<path d=\"M{:.1f},{:.1f}h{}\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", x,
                         y, ChartLayout::kLegendSample, colour(entries[i].line),
                         chart.kind == Chart::Kind::lines ? 2.5 : 7,
                         chart.kind == Chart::Kind::scatter ? "" : dashes(entries[i].line));
    }
    svg += text(entries[i].text, x + ChartLayout::kLegendSample + 6, y + 4, "start");
  }
  return svg;
}

}  // namespace

cv::Mat colours_of(const HeatMap& map) {
  if (map.values.empty() || map.values.type() != CV_64F || !cv::checkRange(map.values)) {
    throw std::invalid_argument("heat map: expected a matrix of finite CV_64F values");
  }
  cv::Mat grey, colours;
  cv::normalize(map.values, grey, 0, 255, cv::NORM_MINMAX, CV_8U);
  cv::applyColorMap(grey, colours, cv::COLORMAP_VIRIDIS);
  return colours;
}

std::string to_svg(const Chart& chart) {
  const ChartLayout at = layout_of(chart);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\" font-family=\"Helvetica, Arial, "
      "sans-serif\" font-size=\"12\" fill=\"#22262b\">\n<rect width=\"{0}\" height=\"{1}\" "
      "fill=\"#ffffff\"/>\n",
      ChartLayout::kWidth, ChartLayout::kHeight, escape_html(chart.title));
  svg += axes(chart, at) + plot(chart, at);
  svg += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"none\" "
      "stroke=\"#6b7480\"/>\n",
      at.left, at.top, at.right - at.left, at.bottom - at.top);
  if (!has_points(chart) && !chart.background) {
    svg += text("no data", (at.left + at.right) / 2, (at.top + at.bottom) / 2, "middle");
  }
  return svg + legend(chart, at) + "</svg>\n";
}

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
