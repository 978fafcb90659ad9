// People made known by a few images each: a Gaussian mixture of their own, without training.
#pragma once

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace samples {

/// A head GMHead over enrolled people instead of the classes that the network was trained on.
///
/// Person k has n_k images with features x_j and mean m_k. All people share one diagonal
/// covariance, from the scatter of images around the mean of their person, with K people and n
/// images in all:
///
///   S_i   = sum over people and their images of (x_ji - m_ki)^2     n - K degrees of freedom
///   s     = sum of S_i / (D (n - K))                                the variance if all were equal
///   var_i = (S_i + w s) / (n - K + w)
///
/// which shrinks each variance towards s as if s had been seen w = 10 times before.
///
/// m_k is itself uncertain by var / n_k, so a new image of the person differs from it with the
/// variance var (1 + 1 / n_k), which is the Gaussian of k.
///
/// The p-value compares with the distances of the enrolled images, each left out of the enrolment:
/// without x_j the mean becomes m_k - (x_j - m_k) / (n_k - 1). Hence, with r = x_j - m_k and
/// g = n_k / (n_k - 1), it is g r away from that mean, the scatter becomes S - g r^2 with one
/// degree of freedom less, and the variance of the difference is var (1 + 1 / (n_k - 1)) = var g:
///
///   distance_j = sum over i of (g r_i)^2 / (var_i' g) = sum over i of g r_i^2 / var_i'
///
/// People with one image contribute neither scatter nor distances. A new image is compared by its
/// distance to whom it resembles most, in general no larger than that to the right person: p-values
/// err on the side of accepting.
class Gallery {
 public:
  /// @param features  [n,D] CV_32F, the images of one person after those of another
  /// @param counts    images of each person, at least 1
  /// @throws std::runtime_error if no variance can be estimated with an image left out
  Gallery(const cv::Mat& features, const std::vector<int>& counts,
          const std::vector<std::string>& names)
      : names_(names) {
    const int K = static_cast<int>(counts.size());
    cv::Mat x, means(K, features.cols, CV_64F);
    features.convertTo(x, CV_64F);
    for (int k = 0, first = 0; k < K; first += counts[k++]) {
      cv::Mat images = x.rowRange(first, first + counts[k]);
      cv::reduce(images, means.row(k), 0, cv::REDUCE_AVG);
      for (int j = 0; j < counts[k]; ++j) images.row(j) -= means.row(k);
    }
    const cv::Mat& residuals = x;
    const int freedom = x.rows - K;
    cv::Mat scatter;
    cv::reduce(residuals.mul(residuals), scatter, 0, cv::REDUCE_SUM);
    variances_ = shrunk(scatter, freedom);
    add_head(means, counts, left_out_distances(residuals, counts, scatter));
  }

  /// @param features  [N,D] CV_32F
  /// @param false_reject_rate  a face is accepted as somebody if its p-value is not below
  std::vector<cv::dnn_gm::Verdict> identify(const cv::Mat& features, float false_reject_rate) {
    net_.setInput(features);
    std::vector<cv::Mat> outputs;
    net_.forward(outputs, "people");
    std::vector<cv::dnn_gm::Verdict> verdicts(features.rows);
    for (int n = 0; n < features.rows; ++n) {
      auto& v = verdicts[n];
      v.classId = static_cast<int>(outputs[5].at<float>(n));
      v.label = names_[v.classId];
      v.confidence = outputs[0].at<float>(n, v.classId);
      v.logLikelihood = outputs[1].at<float>(n);
      v.logDensity = outputs[2].at<float>(n);
      v.distance = outputs[3].at<float>(n);
      v.pValue = outputs[4].at<float>(n);
      v.accepted = v.pValue >= false_reject_rate;
    }
    return verdicts;
  }

  const std::vector<std::string>& names() const { return names_; }
  /// How many distances p-values are counted over.
  int calibration_count() const { return calibration_count_; }
  /// [1,D] CV_64F: variances of a person's images.
  const cv::Mat& variances() const { return variances_; }

 private:
  static cv::Mat shrunk(const cv::Mat& scatter, int freedom) {
    const double total = cv::sum(scatter)[0], weight = 10;
    if (freedom < 1 || !(total > 0)) {
      throw std::runtime_error("too few people have two different images to estimate a variance");
    }
    return (scatter + weight * total / (freedom * scatter.cols)) / (freedom + weight);
  }

  static std::vector<float> left_out_distances(const cv::Mat& residuals,
                                               const std::vector<int>& counts,
                                               const cv::Mat& scatter) {
    const int freedom = residuals.rows - static_cast<int>(counts.size());
    std::vector<float> distances;
    int row = 0;
    for (const int n : counts) {
      for (int j = 0; j < n; ++j, ++row) {
        if (n == 1) continue;
        const cv::Mat r = residuals.row(row), own = r.mul(r) * (n / (n - 1.));
        distances.push_back(
            static_cast<float>(cv::sum(own / shrunk(scatter - own, freedom - 1))[0]));
      }
    }
    std::sort(distances.begin(), distances.end());
    return distances;
  }

  void add_head(const cv::Mat& means, const std::vector<int>& counts,
                const std::vector<float>& distances) {
    cv::Mat log_variances(means.size(), CV_64F);
    for (int k = 0; k < means.rows; ++k) {
      log_variances.row(k) = variances_ * (1 + 1. / counts[k]);
    }
    cv::log(log_variances, log_variances);
    const cv::Mat log_priors(means.rows, 1, CV_64F, -std::log(means.rows));

    cv::dnn::LayerParams head;
    const int count = static_cast<int>(distances.size());
    const cv::Mat calibration = cv::Mat(distances).reshape(1, {1, 1, count});
    for (const cv::Mat& constant : {means, log_variances, log_priors, calibration}) {
      head.blobs.emplace_back();
      constant.convertTo(head.blobs.back(), CV_32F);
    }
    cv::dnn_gm::registerLayers();
    net_.addLayerToPrev("people", "GMHead", head);
    calibration_count_ = count;
  }

  std::vector<std::string> names_;
  cv::Mat variances_;
  int calibration_count_ = 0;
  cv::dnn::Net net_;
};

}  // namespace samples
