// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "dnn_gm/samples/common.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;

namespace {

/// Whether something in exactly this colour is within a pixel.
bool is_drawn(const Chart& chart, const cv::Point2d& point, const cv::Scalar& colour) {
  const cv::Point place = chart.position(point.x, point.y);
  return pixels_of(chart.picture({place - cv::Point(1, 1), cv::Size(3, 3)}), colour) > 0;
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
  BOOST_TEST((chart.curve("rising", rising) == Chart::colour(0)));
  BOOST_TEST((chart.curve("low", low) == Chart::colour(1)));
  for (const auto& point : rising) BOOST_TEST(is_drawn(chart, point, Chart::colour(0)));
  for (const auto& point : low) BOOST_TEST(is_drawn(chart, point, Chart::colour(1)));
  BOOST_TEST(is_drawn(chart, {0.125, 0.375}, Chart::colour(0)));
  BOOST_TEST(!is_drawn(chart, {0.5, 0.5}, Chart::colour(0)));
  BOOST_TEST(!is_drawn(chart, {0.5, 0.5}, Chart::colour(1)));
}

BOOST_AUTO_TEST_CASE(what_lies_outside_is_moved_to_the_edge) {
  const Chart chart = unit_square();
  BOOST_TEST(chart.position(-5, 2) == chart.position(0, 1));
  BOOST_TEST(chart.position(7, -1) == chart.position(1, 0));
}

BOOST_AUTO_TEST_CASE(the_grid_is_at_round_numbers) {
  const auto lines = [](double from, double to) {
    const Chart chart("", "", "", {from, to}, {0, 1});
    std::vector<int> found;
    for (int x = 61; x < 660; ++x) {
      if (chart.picture.at<cv::Vec3b>(100, x) == cv::Vec3b::all(225)) found.push_back(x);
    }
    return found;
  };
  const auto at = [](double from, double to, const std::vector<double>& ticks) {
    std::vector<int> places;
    for (const double tick : ticks)
      places.push_back(60 + cvRound(600 * (tick - from) / (to - from)));
    return places;
  };
  const auto each = boost::test_tools::per_element();
  BOOST_TEST(lines(0, 1) == at(0, 1, {0.2, 0.4, 0.6, 0.8}), each);
  BOOST_TEST(
      lines(-93.9, -91.9) ==
          at(-93.9, -91.9, {-93.8, -93.6, -93.4, -93.2, -93, -92.8, -92.6, -92.4, -92.2, -92}),
      each);
  BOOST_TEST(lines(-310, 2700) == at(-310, 2700, {0, 500, 1000, 1500, 2000, 2500}), each);
  BOOST_TEST(lines(1, 1.06) == at(1, 1.06, {1.01, 1.02, 1.03, 1.04, 1.05}), each);
}

BOOST_AUTO_TEST_CASE(the_legend_has_a_line_for_each_thing_drawn) {
  Chart chart = unit_square();
  const int right = chart.position(1, 1).x + 4;
  const auto legend = [&] { return chart.picture.colRange(right, chart.picture.cols); };
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(pixels_of(legend(), Chart::colour(i)) <= 50);
    chart.curve("curve", {{0, 0}, {1, 1}});
    BOOST_TEST(pixels_of(legend(), Chart::colour(i)) > 50);
  }
}

BOOST_AUTO_TEST_SUITE_END()
