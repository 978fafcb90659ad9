// Charts drawn with nothing but OpenCV.
#pragma once

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

namespace samples {

/// Axes, and what is drawn between them, each in the next colour and with a line in the legend
/// beside.
class Chart {
 public:
  /// @param x,y  what the axes span: lower and upper end
  Chart(const std::string& title, const std::string& x_label, const std::string& y_label,
        const cv::Vec2d& x, const cv::Vec2d& y)
      : x_(x), y_(y), picture_(kSize, CV_8UC3, cv::Scalar::all(255)) {
    text(title, {kPlot.x, 24}, 0.55);
    text(x_label, {kPlot.x + kPlot.width / 2 - width_of(x_label) / 2, kSize.height - 12});
    text(y_label, {kPlot.x, kPlot.y - 8});
    for (double tick : ticks(x_)) {
      const cv::Point foot = position({tick, y_[0]});
      cv::line(picture_, foot, {foot.x, kPlot.y}, kGrid);
      text(name_of(tick), {foot.x - width_of(name_of(tick)) / 2, foot.y + 18});
    }
    for (double tick : ticks(y_)) {
      const cv::Point foot = position({x_[0], tick});
      cv::line(picture_, foot, {kPlot.x + kPlot.width, foot.y}, kGrid);
      text(name_of(tick), {foot.x - width_of(name_of(tick)) - 6, foot.y + 4});
    }
    cv::rectangle(picture_, kPlot, cv::Scalar::all(0));
  }

  void curve(const std::string& name, const std::vector<cv::Point2d>& points) {
    cv::polylines(picture_, positions(points), false, next_colour(name), 2, cv::LINE_AA);
  }

  /// A filled outline over equal bins that together span the axis x.
  void histogram(const std::string& name, const std::vector<double>& heights) {
    const double bin = (x_[1] - x_[0]) / static_cast<double>(heights.size());
    std::vector<cv::Point2d> outline{{x_[0], y_[0]}};
    for (size_t i = 0; i < heights.size(); ++i) {
      const double left = x_[0] + static_cast<double>(i) * bin;
      outline.push_back({left, heights[i]});
      outline.push_back({left + bin, heights[i]});
    }
    outline.push_back({x_[1], y_[0]});
    const cv::Scalar colour = next_colour(name);
    cv::Mat filled = picture_.clone();
    cv::fillPoly(filled, std::vector<std::vector<cv::Point>>{positions(outline)}, colour);
    cv::addWeighted(filled, 0.2, picture_, 0.8, 0, picture_);
    cv::polylines(picture_, positions(outline), false, colour);
  }

  /// A black line from bottom to top.
  void threshold(double x) {
    cv::line(picture_, position({x, y_[0]}), position({x, y_[1]}), cv::Scalar::all(0), 2);
  }

  /// A dot in the colour of what was drawn last.
  void mark(const cv::Point2d point) {
    cv::circle(picture_, position(point), 5, colour_of(drawn_ - 1), cv::FILLED, cv::LINE_AA);
  }

  const cv::Mat& picture() const { return picture_; }

  /// The pixel at a point; what lies outside is moved to the edge.
  cv::Point position(const cv::Point2d point) const {
    const double x = (point.x - x_[0]) / (x_[1] - x_[0]), y = (point.y - y_[0]) / (y_[1] - y_[0]);
    return {kPlot.x + cvRound(std::clamp(x, 0., 1.) * kPlot.width),
            kPlot.y + kPlot.height - cvRound(std::clamp(y, 0., 1.) * kPlot.height)};
  }

  /// Colour of the i-th thing drawn.
  static cv::Scalar colour_of(int i) {
    static const cv::Scalar colours[] = {{180, 119, 31}, {40, 39, 214},   {44, 160, 44},
                                         {14, 127, 255}, {189, 103, 148}, {75, 86, 140}};
    return colours[i % 6];
  }

 private:
  static inline const cv::Size kSize{940, 520};
  static inline const cv::Rect kPlot{60, 60, 600, 400};
  static inline const cv::Scalar kGrid = cv::Scalar::all(225);
  static constexpr double kFontScale = 0.42;

  void text(const std::string& words, const cv::Point& place, double scale = kFontScale) {
    cv::putText(picture_, words, place, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar::all(0), 1,
                cv::LINE_AA);
  }

  static int width_of(const std::string& words) {
    return cv::getTextSize(words, cv::FONT_HERSHEY_SIMPLEX, kFontScale, 1, nullptr).width;
  }

  static std::string name_of(double tick) { return cv::format("%g", tick); }

  /// Round numbers: about six of them.
  static std::vector<double> ticks(const cv::Vec2d& range) {
    const double wanted = (range[1] - range[0]) / 6;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    const double step = power * (wanted < 1.5 * power ? 1 : wanted < 3.5 * power ? 2 : 5);
    std::vector<double> found;
    for (double i = std::ceil(range[0] / step); i * step <= range[1] * (1 + 1e-9); ++i) {
      found.push_back(i * step);
    }
    return found;
  }

  std::vector<cv::Point> positions(const std::vector<cv::Point2d>& points) const {
    std::vector<cv::Point> found;
    for (const auto& point : points) found.push_back(position(point));
    return found;
  }

  cv::Scalar next_colour(const std::string& name) {
    const cv::Scalar colour = colour_of(drawn_);
    const cv::Point place{kPlot.x + kPlot.width + 14, kPlot.y + 14 + 20 * drawn_};
    cv::rectangle(picture_, {place.x, place.y - 9, 12, 10}, colour, cv::FILLED);
    text(name, place + cv::Point(18, 0));
    ++drawn_;
    return colour;
  }

  cv::Vec2d x_, y_;
  cv::Mat picture_;
  int drawn_ = 0;
};

}  // namespace samples
