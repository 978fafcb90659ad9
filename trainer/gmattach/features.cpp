// SPDX-License-Identifier: Apache-2.0
#include "gmattach/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <opencv2/core/utils/logger.hpp>
#include <stdexcept>

#include "core/logging/log.hpp"
#include "core/logging/progress_bar.hpp"
#include "core/onnx/model_parts.hpp"

namespace gmattach {
namespace {

/// While one lives OpenCV logs nothing: errors of a try are caught.
class QuietOpenCV {
 public:
  QuietOpenCV() : before_(cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT)) {}
  ~QuietOpenCV() { cv::utils::logging::setLogLevel(before_); }
  QuietOpenCV(const QuietOpenCV&) = delete;
  QuietOpenCV& operator=(const QuietOpenCV&) = delete;

 private:
  cv::utils::logging::LogLevel before_;
};

cv::dnn::Net read_net(const std::string& bytes) {
  cv::dnn_gm::checkOnnx(std::vector<uchar>(bytes.begin(), bytes.end()));
  return cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
}

cv::Mat noise(const gmtrain::ImageInput& input) {
  const int sizes[] = {2, static_cast<int>(input.channels), static_cast<int>(input.height),
                       static_cast<int>(input.width)};
  cv::Mat images(4, sizes, CV_32F);
  cv::RNG random(1);
  random.fill(images, cv::RNG::UNIFORM, 0, 255);
  return images;
}

/// One image of a batch, in the same memory.
cv::Mat image_of(const cv::Mat& images, int n) {
  const int sizes[] = {1, images.size[1], images.size[2], images.size[3]};
  return cv::Mat(4, sizes, CV_32F, const_cast<uchar*>(images.ptr(n)));
}

/// A blob of any shape as a row for each image.
cv::Mat rows_of(const cv::Mat& blob, int images, int64_t columns, const char* what) {
  if (static_cast<int64_t>(blob.total()) != images * columns || blob.type() != CV_32F)
    throw std::runtime_error(fmt::format("OpenCV makes {} {} of {} images, expected {} of each",
                                         blob.total(), what, images, columns));
  return blob.reshape(1, images).clone();
}

bool agree(const cv::Mat& together, const cv::Mat& alone) {
  const double scale = cv::norm(alone, cv::NORM_INF);
  return cv::norm(together, alone, cv::NORM_INF) <= 1e-3 * std::max(scale, 1e-12);
}

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

/// A picture of a batch, in the same memory.
cv::Mat picture_of(const cv::Mat& images, size_t n) {
  return cv::Mat(3, images.size.p + 1, CV_32F, const_cast<uchar*>(images.ptr(static_cast<int>(n))));
}

cv::Mat spoiled(const PictureBatch& batch, const Spoiling& way) {
  cv::Mat images = batch.images.clone();
  for (size_t n = 0; n < batch.places.size(); ++n) {
    cv::Mat picture = picture_of(images, n);
    way.change(picture, static_cast<uint64_t>(batch.places[n]));
  }
  return images;
}

void see(const PictureBatch& batch, gmtrain::SeenPictures& seen) {
  for (size_t n = 0; n < batch.places.size(); ++n) {
    const cv::Mat picture = picture_of(batch.images, n);
    cv::Scalar mean, deviation;
    cv::meanStdDev(picture.reshape(1, 1), mean, deviation);
    seen.add(batch.sizes[n], mean[0], deviation[0]);
  }
}

/// @param images of the batch, which may be spoiled
void add_features(FeatureNetwork& network, const cv::Mat& images, const PictureBatch& batch,
                  const std::vector<gmtrain::ImageFile>& files, Features& features) {
  const NetworkOutput output = network.run(images);
  check_finite(output.features, batch.places, files);
  features.values.push_back(output.features);
  features.scores.push_back(output.scores);
  add_own(output.scores, features);
  for (const int64_t place : batch.places) features.files.push_back(files[place]);
}

}  // namespace

FeatureNetwork::FeatureNetwork(const gmtrain::Classifier& classifier, const gmtrain::Cut& cut,
                               const gmtrain::PixelScaling& pixels)
    : dimension_(cut.dimension + cut.earlier.channels), classes_(cut.classes) {
  gmtrain::CutOptions options{pixels};
  options.with_scores = !cut.scores.empty() && cut.classes > 0;
  has_scores_ = options.with_scores;
  for (const bool any_batch : {true, false}) {
    options.any_batch = any_batch;
    try {
      const QuietOpenCV quiet;
      if (!try_network(classifier, cut, options)) continue;
    } catch (const cv::Exception& error) {
      if (any_batch) continue;
      throw std::runtime_error(fmt::format("OpenCV {} does not run this network: {}", CV_VERSION,
                                           gmtrain::first_line(error.err)));
    } catch (const std::runtime_error&) {
      if (!any_batch) throw;
      continue;
    }
    any_batch_ = any_batch;
    options.with_scores = false;
    model_ = cut_network(classifier, cut, options);
    return;
  }
}

bool FeatureNetwork::try_network(const gmtrain::Classifier& classifier, const gmtrain::Cut& cut,
                                 const gmtrain::CutOptions& options) {
  net_ = read_net(gmtrain::to_bytes(cut_network(classifier, cut, options)));
  const cv::Mat two = noise(classifier.input);
  const NetworkOutput second = forward(image_of(two, 1));
  if (!cv::checkRange(second.features))
    throw std::runtime_error("the network makes features of noise that are not finite");
  if (!options.any_batch) return true;
  const NetworkOutput both = forward(two);
  return agree(both.features.row(1), second.features) &&
         (!has_scores_ || agree(both.scores.row(1), second.scores));
}

NetworkOutput FeatureNetwork::forward(const cv::Mat& images) {
  net_.setInput(images);
  std::vector<std::string> names{gmtrain::kFeaturesName};
  if (has_scores_) names.emplace_back(gmtrain::kScoresName);
  std::vector<cv::Mat> blobs;
  net_.forward(blobs, names);
  NetworkOutput output;
  output.features = rows_of(blobs.at(0), images.size[0], dimension_, "features");
  if (has_scores_) output.scores = rows_of(blobs.at(1), images.size[0], classes_, "scores");
  return output;
}

NetworkOutput FeatureNetwork::run(const cv::Mat& images) {
  if (any_batch_) return forward(images);
  NetworkOutput all;
  for (int n = 0; n < images.size[0]; ++n) {
    const NetworkOutput one = forward(image_of(images, n));
    all.features.push_back(one.features);
    if (has_scores_) all.scores.push_back(one.scores);
  }
  return all;
}

std::vector<Features> compute_features(FeatureNetwork& network,
                                       const std::vector<gmtrain::ImageFile>& files,
                                       const cv::dnn_gm::ImagePreparation& how,
                                       const Options& options, const std::string& label,
                                       const std::vector<Spoiling>& ways,
                                       gmtrain::SeenPictures* seen) {
  std::vector<Features> all(1 + ways.size());
  std::vector<std::string> paths, broken;
  for (const auto& file : files) paths.push_back(file.path);
  PictureBatches batches(std::move(paths), how, options.batch, options.workers);
  const auto total = static_cast<int64_t>(files.size());
  gmtrain::ProgressBar bar(std::cerr, total, label);
  while (const auto batch = batches.next()) {
    broken.insert(broken.end(), batch->broken.begin(), batch->broken.end());
    if (!batch->places.empty()) {
      add_features(network, batch->images, *batch, files, all[0]);
      for (size_t i = 0; i < ways.size(); ++i)
        add_features(network, spoiled(*batch, ways[i]), *batch, files, all[1 + i]);
      if (seen != nullptr) see(*batch, *seen);
    }
    bar.update(all[0].size() + static_cast<int64_t>(broken.size()), "");
  }
  bar.finish("");
  for (const std::string& message : broken) gmtrain::log_warning(message + ": left out");
  all[0].broken = static_cast<int64_t>(broken.size());
  if (all[0].files.empty())
    throw std::runtime_error(fmt::format("{}: none of {} pictures can be read", label, total));
  return all;
}

Features compute_features(FeatureNetwork& network, const std::vector<gmtrain::ImageFile>& files,
                          const cv::dnn_gm::ImagePreparation& how, const Options& options,
                          const std::string& label, gmtrain::SeenPictures* seen) {
  return std::move(compute_features(network, files, how, options, label, {}, seen)[0]);
}

}  // namespace gmattach
