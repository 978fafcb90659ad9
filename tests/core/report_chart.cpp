// SPDX-License-Identifier: Apache-2.0
#include "core/report/chart.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <set>
#include <stdexcept>

#include "core/report/chart_layout.hpp"
#include "message_of.hpp"

using namespace gmtrain::report;

namespace {

Chart two_lines(Chart::Kind kind) {
  Chart chart;
  chart.title = "A & B";
  chart.x_label = "step";
  chart.y_label = "error, %";
  chart.kind = kind;
  chart.lines = {{"first", {{0, 1}, {50, 2}, {100, 9}}}, {"second <x>", {{0, 4}, {100, 4}}}};
  return chart;
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_chart)

BOOST_AUTO_TEST_CASE(values_a_rounding_apart_have_an_axis_with_ticks) {
  const auto ticks = make_axis({}, {0.01, 0.1 * 0.1}).ticks(6);
  BOOST_TEST(ticks.size() >= 2U);
  BOOST_TEST(ticks.size() <= 12U);
}

BOOST_AUTO_TEST_CASE(ticks_are_round_numbers_within_the_axis) {
  const auto labels = [](double low, double high) {
    std::string text;
    for (const auto& [value, label] : Axis{low, high}.ticks(6)) {
      BOOST_TEST(value >= low - 1e-9);
      BOOST_TEST(value <= high + 1e-9);
      text += label + " ";
    }
    return text;
  };
  BOOST_TEST(labels(0, 1) == "0.0 0.2 0.4 0.6 0.8 1.0 ");
  BOOST_TEST(labels(-3, 3) == "-3 -2 -1 0 1 2 3 ");
  BOOST_TEST(labels(0, 0.05) == "0.00 0.01 0.02 0.03 0.04 0.05 ");
  BOOST_TEST(labels(0, 2580) == "0 500 1000 1500 2000 2500 ");
  BOOST_TEST(labels(0, 3e7) == "0 5e+06 1e+07 1.5e+07 2e+07 2.5e+07 3e+07 ");
}

BOOST_AUTO_TEST_CASE(an_axis_holds_its_values) {
  const Axis rates = make_axis({}, {0.1, 0.9});
  BOOST_TEST(rates.low == 0);
  BOOST_TEST(rates.high > 0.9);
  const Axis likelihoods = make_axis({}, {-95, -92, NAN, -INFINITY});
  BOOST_TEST(likelihoods.low < -95);
  BOOST_TEST(likelihoods.low > -96);
  BOOST_TEST(likelihoods.high > -92);
  const Axis constant = make_axis({}, {5, 5});
  BOOST_TEST(constant.low < 5);
  BOOST_TEST(constant.high > 5);
  BOOST_TEST(make_axis({}, {}).high == 1);
}

BOOST_AUTO_TEST_CASE(a_bad_range_is_named) {
  Chart chart = two_lines(Chart::Kind::lines);
  chart.y_range = {{1, 1}};
  const auto message = message_of<std::invalid_argument>([&] { to_svg(chart); });
  BOOST_TEST(
      message ==
      "chart \"A & B\", axis y: expected a range of two finite numbers in order, found 1 and "
      "1");
  chart.y_range = {{0, NAN}};
  BOOST_CHECK_THROW(to_svg(chart), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(svg_has_every_line_and_escapes_text) {
  for (const auto kind : {Chart::Kind::lines, Chart::Kind::scatter, Chart::Kind::steps}) {
    const std::string svg = to_svg(two_lines(kind));
    BOOST_TEST(contains(svg, "A &amp; B"));
    BOOST_TEST(contains(svg, "second &lt;x&gt;"));
    BOOST_TEST(!contains(svg, "<x>"));
    BOOST_TEST(!contains(svg, "no data"));
    BOOST_TEST(!contains(svg, "var("));
    BOOST_TEST(count(svg, "<svg") == count(svg, "</svg>"));
    BOOST_TEST(count(svg, "<path d=\"M") == 4);  // two in the plot, two in the legend
  }
}

BOOST_AUTO_TEST_CASE(lines_are_told_apart) {
  std::set<std::array<int, 4>> styles;
  for (size_t i = 0; i < 30; ++i) {
    const auto [red, green, blue] = line_colour(i);
    styles.insert({red, green, blue, dash_style(i)});
  }
  BOOST_TEST(styles.size() == 30);
  Chart chart = two_lines(Chart::Kind::lines);
  BOOST_TEST(!contains(to_svg(chart), "stroke-dasharray"));
  chart.lines.assign(11, chart.lines[0]);
  BOOST_TEST(count(to_svg(chart), "stroke-dasharray=\"7 3\"") == 2);
}

BOOST_AUTO_TEST_CASE(points_that_are_not_finite_leave_a_gap) {
  const Line line{"", {{NAN, 0}, {0, 1}, {1, INFINITY}, {2, NAN}, {3, 4}, {4, 5}}};
  const auto pieces = pieces_of(line);
  BOOST_REQUIRE(pieces.size() == 2);
  BOOST_TEST(pieces[0].size() == 1);
  BOOST_TEST(pieces[1].size() == 2);
  Chart chart;
  chart.lines = {line};
  BOOST_TEST(!contains(to_svg(chart), "nan"));
  BOOST_TEST(!contains(to_svg(chart), "inf"));
}

BOOST_AUTO_TEST_CASE(a_chart_without_points_says_so) {
  Chart chart;
  BOOST_TEST(contains(to_svg(chart), "no data"));
  chart.lines = {{"", {{NAN, 1}}}};
  BOOST_TEST(contains(to_svg(chart), "no data"));
}

BOOST_AUTO_TEST_CASE(a_histogram_stands_on_the_ground) {
  const auto outline = step_outline({"", {{0, 0.3}, {0.5, 0.7}, {1, 0.7}}});
  const std::vector<std::array<double, 2>> expected{{0, 0},     {0, 0.3}, {0.5, 0.3},
                                                    {0.5, 0.7}, {1, 0.7}, {1, 0}};
  BOOST_TEST((outline == expected));
}

BOOST_AUTO_TEST_CASE(long_legends_and_names_are_cut) {
  Chart chart;
  for (int i = 0; i < 100; ++i) chart.lines.push_back({"class " + std::to_string(i), {{0, 1}}});
  chart.lines[0].name = "a name of more characters than fit, and an ä";
  const auto entries = legend_of(chart);
  BOOST_TEST(entries.size() <= 20);
  BOOST_TEST(entries.front().text == "a name of more charac…");
  const auto shown = static_cast<int>(entries.size()) - 1;
  BOOST_TEST(entries.back().text == "and " + std::to_string(100 - shown) + " more");
  const auto at = layout_of(chart);
  BOOST_TEST(at.legend(entries.size() - 1)[1] < at.bottom);
  BOOST_TEST(at.right > 350);
}

BOOST_AUTO_TEST_CASE(points_beyond_a_fixed_range_are_cut_off) {
  Chart chart;
  chart.lines = {{"", {{0.5, 0.5}, {1e12, 0.5}, {0.5, -1e12}}}};
  chart.x_range = chart.y_range = {{0, 1}};
  const std::string svg = to_svg(chart);
  const auto at = layout_of(chart);
  // What is drawn lies in a picture of its own, as large as the area between the axes.
  const std::string area = fmt::format(
      "<svg x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "overflow=\"hidden\"",
      at.left, at.top, at.right - at.left, at.bottom - at.top);
  BOOST_TEST_REQUIRE(contains(svg, area));
  const size_t begin = svg.find(area), end = svg.find("</svg>", begin), path = svg.find("<path");
  BOOST_TEST(begin < path);
  BOOST_TEST(path < end);
}

BOOST_AUTO_TEST_CASE(a_heat_map_is_bright_where_it_is_high) {
  cv::Mat values = cv::Mat::zeros(20, 20, CV_64F);
  values(cv::Rect(10, 0, 10, 10)).setTo(1);  // the upper right quarter
  Chart chart;
  chart.background = HeatMap{{-1, 1}, {-1, 1}, values};
  const cv::Mat colours = colours_of(*chart.background);
  const auto brightness = [&](int row, int column) {
    const auto pixel = colours.at<cv::Vec3b>(row, column);
    return 0.114 * pixel[0] + 0.587 * pixel[1] + 0.299 * pixel[2];
  };
  BOOST_TEST(brightness(5, 15) > 150);
  BOOST_TEST(brightness(5, 5) < 60);
  BOOST_TEST(brightness(15, 15) < 60);
  // The picture covers the whole area, which the map spans.
  const auto at = layout_of(chart);
  BOOST_TEST(contains(to_svg(chart),
                      fmt::format("<image x=\"0.0\" y=\"0.0\" width=\"{:.1f}\" height=\"{:.1f}\" "
                                  "preserveAspectRatio=\"none\" href=\"data:image/png;base64,iVBOR",
                                  at.right - at.left, at.bottom - at.top)));
  values.at<double>(0, 0) = NAN;
  BOOST_CHECK_THROW(to_svg(chart), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
