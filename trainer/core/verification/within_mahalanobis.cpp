// SPDX-License-Identifier: Apache-2.0
// The paper's "PCA and then Mahalanobis distance" (Sect. 4.2), read as the distance d of its loss
// (Eq. 13): by the covariance of features about the mean of their class, here one for all classes,
// since those that are verified have none of their own. With A the PCA axes as rows, n images, K
// classes and m_k the mean of class k,
//   W = 1/(n-K) sum_i A (x_i - m_{z_i}) (x_i - m_{z_i})^T A^T = U diag(s) U^T,
//   d^2 = (x - y)^T A^T W^-1 A (x - y) = |M (x - y)|^2,  M = diag(s)^(-1/2) U^T A.
// At most n - K axes are kept, for which W is not singular by its size (as in Fisherfaces,
// Belhumeur et al. 1997).
#include <cmath>
#include <map>
#include <opencv2/core.hpp>

#include "core/verification/linear_map.hpp"

namespace gmtrain {
namespace {

/// The rows of each class.
std::map<int64_t, std::vector<int>> rows_by_class(const std::vector<int64_t>& labels) {
  std::map<int64_t, std::vector<int>> rows;
  for (size_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(static_cast<int>(i));
  return rows;
}

/// Takes the mean of its class from each row.
void centre_by_class(cv::Mat& features, const std::map<int64_t, std::vector<int>>& classes) {
  for (const auto& [label, rows] : classes) {
    cv::Mat mean = cv::Mat::zeros(1, features.cols, CV_64F);
    for (const int row : rows) mean += features.row(row);
    mean /= static_cast<double>(rows.size());
    for (const int row : rows) features.row(row) -= mean;
  }
}

std::unique_ptr<PairScore> make_within_mahalanobis(const TrainingTable& training,
                                                   const PairScoreOptions& options) {
  const cv::Mat features = to_matrix(training.features);
  const auto classes = rows_by_class(training.labels);
  const int freedom = features.rows - static_cast<int>(classes.size());
  const cv::Mat axes = principal_axes(features, options.retained_variance, freedom).axes;

  cv::Mat deviations = features * axes.t();
  centre_by_class(deviations, classes);
  cv::Mat covariance, variances, directions;
  cv::mulTransposed(deviations, covariance, true, cv::noArray(), 1.0 / freedom, CV_64F);
  cv::eigen(covariance, variances, directions);  // rows, by falling variance

  cv::Mat map;
  for (int i = 0; i < directions.rows; ++i) {
    const double variance = variances.at<double>(i);
    if (!(variance > kLeastVariance * variances.at<double>(0))) break;
    map.push_back(cv::Mat(directions.row(i) / std::sqrt(variance)));
  }
  if (map.empty()) {
    throw std::invalid_argument(
        "within_mahalanobis: expected features that differ within some class, found none");
  }
  return distance_after(map * axes);
}

const Registered<PairScoreKind> registered_within_mahalanobis("within_mahalanobis",
                                                              {make_within_mahalanobis, true});

}  // namespace
}  // namespace gmtrain
