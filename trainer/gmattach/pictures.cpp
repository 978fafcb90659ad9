// SPDX-License-Identifier: Apache-2.0
#include "gmattach/pictures.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <random>
#include <thread>
#include <utility>

#include "core/images/decode.hpp"
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

PictureBatches::PictureBatches(std::vector<std::string> files, cv::dnn_gm::ImagePreparation how,
                               int64_t batch, int64_t workers)
    : files_(std::move(files)), how_(std::move(how)), batch_(batch), workers_(workers) {
  read_ahead();
}

void PictureBatches::read_ahead() {
  if (at_ >= files_.size()) return;
  const size_t first = at_, last = std::min(files_.size(), at_ + batch_);
  at_ = last;
  ahead_ = std::async(std::launch::async, [=] { return read(first, last); });
}

std::optional<PictureBatch> PictureBatches::next() {
  if (!ahead_.valid()) return std::nullopt;
  PictureBatch batch = ahead_.get();
  read_ahead();
  return batch;
}

PictureBatch PictureBatches::read(size_t first, size_t last) const {
  const size_t count = last - first;
  const size_t bytes = static_cast<size_t>(how_.channels()) * how_.inputSize.area();
  std::vector<uint8_t> pixels(count * bytes);
  std::vector<std::string> errors(count);
  std::vector<gmtrain::ImageSize> sizes(count);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      try {
        sizes[i] = gmtrain::decode_image(files_[first + i], how_, &pixels[i * bytes]);
      } catch (const std::exception& error) {
        errors[i] = error.what();
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(workers_, count); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();

  PictureBatch batch;
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!errors[i].empty()) {
      batch.broken.push_back(errors[i]);
      continue;
    }
    std::copy_n(&pixels[i * bytes], bytes, &pixels[kept++ * bytes]);
    batch.places.push_back(static_cast<int64_t>(first + i));
    batch.sizes.push_back(sizes[i]);
  }
  if (kept == 0) return batch;
  const int shape[] = {static_cast<int>(kept), how_.channels(), how_.inputSize.height,
                       how_.inputSize.width};
  cv::Mat(4, shape, CV_8U, pixels.data()).convertTo(batch.images, CV_32F);
  return batch;
}

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
