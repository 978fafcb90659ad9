#include "chart.hpp"

#include <boost/test/unit_test.hpp>

using samples::Chart;

namespace {

/// Whether something in exactly this colour is within a pixel.
bool is_drawn(const Chart& chart, const cv::Point2d& point, const cv::Scalar& colour) {
  cv::Mat found;
  const cv::Point place = chart.position(point);
  cv::inRange(chart.picture()({place - cv::Point(1, 1), cv::Size(3, 3)}), colour, colour, found);
  return cv::countNonZero(found) > 0;
}

Chart unit_square() {
  return {"title", "x", "y", {0, 1}, {0, 1}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chart)

BOOST_AUTO_TEST_CASE(curves_run_through_their_points_each_in_its_colour) {
  Chart chart = unit_square();
  const std::vector<cv::Point2d> rising = {{0, 0}, {0.25, 0.75}, {1, 1}};
  const std::vector<cv::Point2d> low = {{0.1, 0.1}, {0.9, 0.1}};
  chart.curve("rising", rising);
  chart.curve("low", low);
  for (const auto& point : rising) BOOST_TEST(is_drawn(chart, point, Chart::colour_of(0)));
  for (const auto& point : low) BOOST_TEST(is_drawn(chart, point, Chart::colour_of(1)));
  BOOST_TEST(is_drawn(chart, {0.125, 0.375}, Chart::colour_of(0)));
  BOOST_TEST(!is_drawn(chart, {0.5, 0.5}, Chart::colour_of(0)));
  BOOST_TEST(!is_drawn(chart, {0.5, 0.5}, Chart::colour_of(1)));
  chart.mark({0.5, 0.5});
  BOOST_TEST(is_drawn(chart, {0.5, 0.5}, Chart::colour_of(1)));
}

BOOST_AUTO_TEST_CASE(a_histogram_is_as_high_as_its_shares) {
  Chart chart("title", "x", "y", {-2, 2}, {0, 0.5});
  const cv::Mat empty = chart.picture().clone();
  chart.histogram("bins", {0.25, 0, 0, 0.5});
  BOOST_TEST(is_drawn(chart, {-1.5, 0.25}, Chart::colour_of(0)));
  BOOST_TEST(is_drawn(chart, {1.5, 0.5}, Chart::colour_of(0)));
  // Filled below, thinly, and left alone above and beside.
  const auto pixel = [&](double x, double y) {
    const cv::Point place = chart.position({x, y});
    return cv::norm(chart.picture().at<cv::Vec3b>(place), empty.at<cv::Vec3b>(place));
  };
  BOOST_TEST(pixel(-1.4, 0.13) > 10);
  BOOST_TEST(pixel(1.4, 0.33) > 10);
  BOOST_TEST(pixel(-1.4, 0.33) == 0);
  BOOST_TEST(pixel(0.1, 0.13) == 0);

  chart.threshold(0.4);
  BOOST_TEST(is_drawn(chart, {0.4, 0.3}, cv::Scalar::all(0)));
}

BOOST_AUTO_TEST_CASE(what_lies_outside_is_moved_to_the_edge) {
  const Chart chart = unit_square();
  BOOST_TEST(chart.position({-5, 2}) == chart.position({0, 1}));
  BOOST_TEST(chart.position({7, -1}) == chart.position({1, 0}));
}

BOOST_AUTO_TEST_CASE(the_legend_has_a_line_for_each_thing_drawn) {
  Chart chart = unit_square();
  const int right = chart.position({1, 1}).x + 4;
  const auto legend = [&] { return chart.picture().colRange(right, chart.picture().cols); };
  const auto has = [&](const cv::Scalar& colour) {
    cv::Mat found;
    cv::inRange(legend(), colour, colour, found);
    return cv::countNonZero(found) > 50;
  };
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(!has(Chart::colour_of(i)));
    chart.curve("curve", {{0, 0}, {1, 1}});
    BOOST_TEST(has(Chart::colour_of(i)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
