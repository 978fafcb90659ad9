// SPDX-License-Identifier: Apache-2.0
// The paper: "we perform PCA on the 512-dimensional feature embeddings and then compute the
// Mahalanobis distance for verification" (Sect. 4.2), read as the distance by the covariance of the
// projected features. In the PCA space that covariance is diagonal, the variances v_i along the
// axes a_i; with M = diag(v)^(-1/2) A, A the axes as rows,
//   d^2 = sum_i (a_i · (x - y))^2 / v_i = |M (x - y)|^2.
#include <cmath>
#include <opencv2/core.hpp>

#include "core/verification/linear_map.hpp"

namespace gmtrain {
namespace {

std::unique_ptr<PairScore> make_pca_mahalanobis(const TrainingTable& training,
                                                const PairScoreOptions& options) {
  const cv::Mat features = to_matrix(training.features);
  auto [axes, variances] = principal_axes(features, options.retained_variance, features.rows - 1);
  for (int i = 0; i < axes.rows; ++i) axes.row(i) /= std::sqrt(variances.at<double>(i));
  return distance_after(axes);
}

const Registered<PairScoreKind> registered_pca_mahalanobis("pca_mahalanobis",
                                                           {make_pca_mahalanobis, true});

}  // namespace
}  // namespace gmtrain
