// SPDX-License-Identifier: Apache-2.0
#include "gmattach/feature_network.hpp"

#include <fmt/format.h>

#include <opencv2/core/utils/logger.hpp>
#include <stdexcept>
#include <vector>

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
    } catch (const std::invalid_argument&) {
      throw;
    } catch (const cv::Exception& error) {
      if (any_batch) continue;
      throw std::runtime_error(
          fmt::format("OpenCV {} does not run this network: {}", CV_VERSION, error.err));
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

}  // namespace gmattach
