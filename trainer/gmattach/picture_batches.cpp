// SPDX-License-Identifier: Apache-2.0
#include "gmattach/picture_batches.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "core/images/decode.hpp"

namespace gmattach {

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

}  // namespace gmattach
