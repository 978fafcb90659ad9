#include "core/report/raster.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/report/chart_layout.hpp"

namespace gmtrain::report {
namespace {

constexpr int kScale = 2;           // pixels of the picture for one of the layout
constexpr double kFontScale = 0.8;  // 12 pixels of the layout high
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr int kShift = 4;  // coordinates in sixteenths of a pixel

const cv::Scalar kInk(43, 38, 34), kGrid(235, 231, 228), kFrame(128, 116, 107);

enum class Anchor { start, middle, end };

class Picture {
 public:
  Picture(const Chart& chart, const ChartLayout& at) : chart_(chart), at_(at) {
    image_.create(kScale * ChartLayout::kHeight, kScale * ChartLayout::kWidth, CV_8UC3);
    image_.setTo(cv::Scalar::all(255));
  }

  cv::Mat draw() {
    axes();
    plot();
    cv::rectangle(image_, area(), kFrame, 2);
    if (!has_points(chart_) && !chart_.background) {
      text("no data", (at_.left + at_.right) / 2, (at_.top + at_.bottom) / 2, Anchor::middle);
    }
    legend();
    return image_;
  }

 private:
  static cv::Size extent(const std::string& words, double scale) {
    return cv::getTextSize(words, kFont, scale, 1, nullptr);
  }

  void text(const std::string& utf8, double x, double y, Anchor anchor, int thickness = 1) {
    const std::string words = to_ascii(utf8);
    const int width = extent(words, kFontScale).width;
    const int shift = anchor == Anchor::start ? 0 : anchor == Anchor::middle ? width / 2 : width;
    cv::putText(image_, words, {cvRound(kScale * x) - shift, cvRound(kScale * y)}, kFont,
                kFontScale, kInk, thickness, cv::LINE_AA);
  }

  void sideways(const std::string& utf8, double x, double y) {
    const std::string words = to_ascii(utf8);
    if (words.empty()) return;
    const cv::Size size = extent(words, kFontScale);
    cv::Mat strip(size.height + 16, size.width, CV_8UC3, cv::Scalar::all(255));
    cv::putText(strip, words, {0, size.height + 4}, kFont, kFontScale, kInk, 1, cv::LINE_AA);
    cv::rotate(strip, strip, cv::ROTATE_90_COUNTERCLOCKWISE);
    const cv::Rect where(cvRound(kScale * x) - strip.cols / 2, cvRound(kScale * y) - strip.rows / 2,
                         strip.cols, strip.rows);
    const cv::Rect seen = where & cv::Rect(0, 0, image_.cols, image_.rows);
    strip(seen - where.tl()).copyTo(image_(seen));
  }

  void axes() {
    for (const auto& [value, label] : at_.x.ticks(ChartLayout::kTicks)) {
      const double x = at_.place({value, 0})[0];
      segment({x, at_.top}, {x, at_.bottom}, kGrid);
      text(label, x, at_.bottom + 17, Anchor::middle);
    }
    for (const auto& [value, label] : at_.y.ticks(ChartLayout::kTicks)) {
      const double y = at_.place({0, value})[1];
      segment({at_.left, y}, {at_.right, y}, kGrid);
      text(label, at_.left - 6, y + 4, Anchor::end);
    }
    text(chart_.x_label, (at_.left + at_.right) / 2, at_.bottom + 38, Anchor::middle);
    sideways(chart_.y_label, 12, (at_.top + at_.bottom) / 2);
    text(chart_.title, at_.left, 23, Anchor::start, 2);
  }

  void segment(cv::Point2d from, cv::Point2d to, const cv::Scalar& ink) {
    cv::line(image_, from * kScale, to * kScale, ink, 2);
  }

  cv::Rect area() const {
    return {cv::Point(cvRound(kScale * at_.left), cvRound(kScale * at_.top)),
            cv::Point(cvRound(kScale * at_.right), cvRound(kScale * at_.bottom))};
  }

  /// In sixteenths of a pixel of the area's part of the picture.
  cv::Point place(const std::array<double, 2>& point) const {
    const auto [x, y] = at_.place(point);
    const double unit = kScale << kShift;
    // Far outside, OpenCV's fixed-point coordinates would overflow.
    const auto bounded = [](double value) { return cvRound(std::clamp(value, -1e6, 1e6)); };
    return {bounded((x - at_.left) * unit), bounded((y - at_.top) * unit)};
  }

  std::vector<cv::Point> places(const std::vector<std::array<double, 2>>& points) const {
    std::vector<cv::Point> found;
    for (const auto& point : points) found.push_back(place(point));
    return found;
  }

  static cv::Scalar colour(size_t line) {
    const auto [red, green, blue] = line_colour(line);
    return cv::Scalar(blue, green, red);
  }

  void plot() {
    cv::Mat inside = image_(area());
    if (chart_.background) background(inside);
    if (chart_.kind == Chart::Kind::steps) fill_steps(inside);
    for (size_t i = 0; i < chart_.lines.size(); ++i) {
      const Line& line = chart_.lines[i];
      switch (chart_.kind) {
        case Chart::Kind::lines:
          for (const auto& piece : pieces_of(line)) polyline(inside, places(piece), i);
          break;
        case Chart::Kind::scatter:
          dots(inside, line, i);
          break;
        case Chart::Kind::steps:
          polyline(inside, places(step_outline(line)), i);
          break;
      }
    }
  }

  void background(cv::Mat& inside) const {
    const HeatMap& map = *chart_.background;
    const cv::Point upper_left = place({map.x_range[0], map.y_range[1]});
    const cv::Point lower_right = place({map.x_range[1], map.y_range[0]});
    const cv::Rect where(upper_left / (1 << kShift), lower_right / (1 << kShift));
    const cv::Rect seen = where & cv::Rect(0, 0, inside.cols, inside.rows);
    if (seen.empty()) return;
    cv::Mat scaled;
    cv::resize(colours_of(map), scaled, where.size(), 0, 0, cv::INTER_LINEAR);
    scaled(seen - where.tl()).copyTo(inside(seen));
  }

  /// Dashed lines are drawn as pieces of the length that each style has, in pixels.
  static void polyline(cv::Mat& inside, const std::vector<cv::Point>& points, size_t line) {
    const int style = dash_style(line);
    if (style == 0 || points.size() < 2) {
      cv::polylines(inside, points, false, colour(line), 3, cv::LINE_AA, kShift);
      return;
    }
    const double on = (style == 1 ? 14 : 4) << kShift, off = 6 << kShift;
    double done = 0;
    for (size_t i = 1; i < points.size(); ++i) {
      const cv::Point2d from = points[i - 1], way = cv::Point2d(points[i]) - from;
      const double length = cv::norm(way), step = 2 << kShift;
      for (double at = 0; at < length; at += step, done += step) {
        if (std::fmod(done, on + off) >= on) continue;
        const double end = std::min(length, at + step);
        cv::line(inside, from + way * (at / length), from + way * (end / length), colour(line), 3,
                 cv::LINE_AA, kShift);
      }
    }
  }

  void dots(cv::Mat& inside, const Line& line, size_t number) const {
    for (const auto& piece : pieces_of(line)) {
      for (const auto& point : piece) {
        cv::circle(inside, place(point), 3 << kShift, colour(number),
                   dash_style(number) == 0 ? cv::FILLED : 2, cv::LINE_AA, kShift);
      }
    }
  }

  /// All of them before the first outline, which they would tint.
  void fill_steps(cv::Mat& inside) const {
    for (size_t i = 0; i < chart_.lines.size(); ++i) {
      const auto outline = places(step_outline(chart_.lines[i]));
      if (outline.empty()) continue;
      cv::Mat filled = inside.clone();
      cv::fillPoly(filled, std::vector<std::vector<cv::Point>>{outline}, colour(i), cv::LINE_AA,
                   kShift);
      cv::addWeighted(filled, 0.14, inside, 0.86, 0, inside);
    }
  }

  void legend() {
    const auto entries = legend_of(chart_);
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto [x, y] = at_.legend(i);
      if (entries[i].line < chart_.lines.size()) {
        const cv::Point from(cvRound(kScale * x), cvRound(kScale * y));
        const cv::Point to(from.x + kScale * ChartLayout::kLegendSample, from.y);
        const int half = chart_.kind == Chart::Kind::lines ? 2 : 7;
        cv::rectangle(image_, {from.x, from.y - half}, {to.x, to.y + half}, colour(entries[i].line),
                      cv::FILLED);
      }
      text(entries[i].text, x + ChartLayout::kLegendSample + 6, y + 4, Anchor::start);
    }
  }

  const Chart& chart_;
  const ChartLayout& at_;
  cv::Mat image_;
};

}  // namespace

std::string to_ascii(const std::string& utf8) {
  std::string ascii;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (utf8.compare(i, 3, "…") == 0) {
      ascii += "...";
      i += 2;
    } else if (byte < 0x80) {
      ascii += utf8[i];
    } else if (byte >= 0xC0) {
      ascii += '?';  // the bytes that follow belong to the same character
    }
  }
  return ascii;
}

cv::Mat to_raster(const Chart& chart) {
  const ChartLayout at = layout_of(chart);
  return Picture(chart, at).draw();
}

}  // namespace gmtrain::report
