// SPDX-License-Identifier: Apache-2.0
#include "gmattach/spoiled_pictures.hpp"

#include <algorithm>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <random>

#include "core/images/shuffle.hpp"

namespace gmattach {
namespace {

/// A channel of a picture [C,H,W], in its memory.
cv::Mat plane(cv::Mat& image, int channel) {
  return cv::Mat(image.size[1], image.size[2], CV_32F, image.ptr(channel));
}

/// @param parts of a side; what is left over beyond whole patches stays
void exchange_patches(cv::Mat& image, uint64_t number, int parts) {
  const int rows = std::min(parts, image.size[1]), columns = std::min(parts, image.size[2]);
  const int height = image.size[1] / rows, width = image.size[2] / columns;
  std::vector<int> from(rows * columns);
  std::iota(from.begin(), from.end(), 0);
  std::mt19937_64 random(number);
  gmtrain::shuffle(from, random);
  const auto patch = [&](int place) {
    return cv::Rect(place % columns * width, place / columns * height, width, height);
  };
  for (int c = 0; c < image.size[0]; ++c) {
    cv::Mat to = plane(image, c);
    const cv::Mat before = to.clone();
    for (int place = 0; place < rows * columns; ++place)
      before(patch(from[place])).copyTo(to(patch(place)));
  }
}

void add_noise(cv::Mat& image, uint64_t number) {
  constexpr double kDeviation = 80;
  cv::RNG random(number + 1);
  for (int c = 0; c < image.size[0]; ++c) {
    cv::Mat pixels = plane(image, c);
    cv::Mat noise(pixels.size(), CV_32F);
    random.fill(noise, cv::RNG::NORMAL, 0, kDeviation);
    pixels += noise;
    cv::min(pixels, 255, pixels);
    cv::max(pixels, 0, pixels);
  }
}

void blur(cv::Mat& image) {
  const double deviation = std::max(image.size[1], image.size[2]) / 8.;
  for (int c = 0; c < image.size[0]; ++c) {
    cv::Mat pixels = plane(image, c);
    cv::GaussianBlur(pixels.clone(), pixels, {}, deviation);
  }
}

void invert(cv::Mat& image) {
  for (int c = 0; c < image.size[0]; ++c) {
    cv::Mat pixels = plane(image, c);
    cv::subtract(255, pixels, pixels);
  }
}

}  // namespace

const std::vector<Spoiling>& spoilings() {
  constexpr int kAllPixels = 1 << 20;
  static const std::vector<Spoiling> all{
      {"large patches exchanged",
       [](cv::Mat& image, uint64_t n) { exchange_patches(image, n, 4); }},
      {"small patches exchanged",
       [](cv::Mat& image, uint64_t n) { exchange_patches(image, n, 8); }},
      {"pixels exchanged",
       [](cv::Mat& image, uint64_t n) { exchange_patches(image, n, kAllPixels); }},
      {"noise", add_noise},
      {"blurred", [](cv::Mat& image, uint64_t) { blur(image); }},
      {"inverted", [](cv::Mat& image, uint64_t) { invert(image); }}};
  return all;
}

}  // namespace gmattach
