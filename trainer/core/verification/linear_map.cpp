// SPDX-License-Identifier: Apache-2.0
#include "core/verification/linear_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <utility>

namespace gmtrain {
namespace {

class DistanceAfter final : public PairScore {
 public:
  explicit DistanceAfter(cv::Mat map) : map_(std::move(map)) {}

  std::vector<double> score(const FeatureTable& images,
                            const std::vector<ImagePair>& pairs) const override {
    if (images.dimension != map_.cols) {
      throw std::invalid_argument(
          fmt::format("expected features of dimension {}, found {}", map_.cols, images.dimension));
    }
    return negative_distances(to_matrix(images) * map_.t(), pairs);
  }

 private:
  cv::Mat map_;
};

}  // namespace

PrincipalAxes principal_axes(const cv::Mat& features, double retained_variance, int largest) {
  const cv::PCA pca(features, cv::noArray(), cv::PCA::DATA_AS_ROW);
  const auto* variances = pca.eigenvalues.ptr<double>();
  const int count = std::min(largest, static_cast<int>(pca.eigenvalues.total()));
  const double wanted = retained_variance * cv::sum(pca.eigenvalues)[0];
  int kept = 0;
  double held = 0;
  while (kept < count && held < wanted && variances[kept] > kLeastVariance * variances[0]) {
    held += variances[kept++];
  }
  if (kept == 0) {
    throw std::invalid_argument(
        fmt::format("PCA: expected training features that differ, and more than one of some class, "
                    "found {} without",
                    features.rows));
  }
  return {pca.eigenvectors.rowRange(0, kept).clone(),
          pca.eigenvalues.reshape(1, static_cast<int>(pca.eigenvalues.total()))
              .rowRange(0, kept)
              .clone()};
}

cv::Mat to_matrix(const FeatureTable& features) {
  if (features.count() == 0) throw std::invalid_argument("expected features, found none");
  const cv::Mat view(static_cast<int>(features.count()), static_cast<int>(features.dimension),
                     CV_32F, const_cast<float*>(features.values.data()));
  cv::Mat wide;
  view.convertTo(wide, CV_64F);
  if (!cv::checkRange(wide)) {
    throw std::invalid_argument("expected finite features, found NaN or infinity");
  }
  return wide;
}

std::vector<double> negative_distances(const cv::Mat& features,
                                       const std::vector<ImagePair>& pairs) {
  std::vector<double> scores;
  for (const ImagePair& pair : pairs) {
    scores.push_back(-cv::norm(features.row(static_cast<int>(pair.first)),
                               features.row(static_cast<int>(pair.second))));
  }
  return scores;
}

std::unique_ptr<PairScore> distance_after(cv::Mat map) {
  return std::make_unique<DistanceAfter>(std::move(map));
}

}  // namespace gmtrain
