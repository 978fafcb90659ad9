// SPDX-License-Identifier: Apache-2.0
#include "gmattach/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <stdexcept>

#include "core/logging/log.hpp"
#include "core/logging/progress_bar.hpp"
#include "gmattach/picture_batches.hpp"

namespace gmattach {
namespace {

/// Sizes and pixels of the pictures that were seen.
class SeenPictures {
 public:
  void add(const PictureBatch& batch) {
    for (size_t i = 0; i < batch.places.size(); ++i) {
      heights_.push_back(batch.sizes[i].height);
      widths_.push_back(batch.sizes[i].width);
      const int pixels = static_cast<int>(batch.images.total() / batch.places.size());
      cv::Scalar mean, deviation;
      cv::meanStdDev(
          cv::Mat(1, pixels, CV_32F, const_cast<uchar*>(batch.images.ptr(static_cast<int>(i)))),
          mean, deviation);
      means_.push_back(static_cast<float>(mean[0]));
      deviations_.push_back(static_cast<float>(deviation[0]));
    }
  }

  gmtrain::PictureRanges ranges() const {
    return {range(heights_), range(widths_), range(means_), range(deviations_)};
  }

 private:
  /// A few odd pictures among many shall not make everything look usual.
  template <class T>
  static std::array<T, 2> range(std::vector<T> values) {
    std::sort(values.begin(), values.end());
    const size_t beyond = values.size() / 100;
    return {values[beyond], values[values.size() - 1 - beyond]};
  }

  std::vector<int64_t> heights_, widths_;
  std::vector<float> means_, deviations_;
};

void add_own(const cv::Mat& scores, Features& features) {
  for (int n = 0; n < scores.rows; ++n) {
    const auto* row = scores.ptr<float>(n);
    const auto* best = std::max_element(row, row + scores.cols);
    double sum = 0;
    for (int k = 0; k < scores.cols; ++k) sum += std::exp(static_cast<double>(row[k]) - *best);
    features.own_class.push_back(best - row);
    features.own_confidence.push_back(1 / sum);
  }
}

void check_finite(const cv::Mat& values, const std::vector<int64_t>& places,
                  const std::vector<gmtrain::ImageFile>& files) {
  for (int n = 0; n < values.rows; ++n)
    if (!cv::checkRange(values.row(n)))
      throw std::runtime_error(
          fmt::format("the network's features of {} are not finite", files[places[n]].path));
}

void change_pictures(const ChangePicture& change, const PictureBatch& batch) {
  const int sizes[] = {batch.images.size[1], batch.images.size[2], batch.images.size[3]};
  for (size_t n = 0; n < batch.places.size(); ++n) {
    cv::Mat image(3, sizes, CV_32F, const_cast<uchar*>(batch.images.ptr(static_cast<int>(n))));
    change(image, static_cast<uint64_t>(batch.places[n]));
  }
}

}  // namespace

Features compute_features(FeatureNetwork& network, const std::vector<gmtrain::ImageFile>& files,
                          const cv::dnn_gm::ImagePreparation& how, const Options& options,
                          const std::string& label, const ChangePicture& change) {
  Features features;
  SeenPictures seen;
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.path);
  PictureBatches batches(std::move(paths), how, options.batch, options.workers);
  const auto total = static_cast<int64_t>(files.size());
  gmtrain::ProgressBar bar(std::cerr, total, label);
  std::vector<std::string> broken;
  while (const auto batch = batches.next()) {
    broken.insert(broken.end(), batch->broken.begin(), batch->broken.end());
    if (!batch->places.empty()) {
      if (change) change_pictures(change, *batch);
      const NetworkOutput output = network.run(batch->images);
      check_finite(output.features, batch->places, files);
      features.values.push_back(output.features);
      add_own(output.scores, features);
      seen.add(*batch);
      for (const int64_t place : batch->places) features.files.push_back(files[place]);
    }
    bar.update(features.size() + static_cast<int64_t>(broken.size()), "");
  }
  bar.finish("");
  for (const std::string& message : broken) gmtrain::log_warning(message + ": left out");
  features.broken = static_cast<int64_t>(broken.size());
  if (features.files.empty())
    throw std::runtime_error(fmt::format("{}: none of {} pictures can be read", label, total));
  features.pictures = seen.ranges();
  return features;
}

}  // namespace gmattach
