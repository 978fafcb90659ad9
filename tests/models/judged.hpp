// SPDX-License-Identifier: Apache-2.0
// Test images of data sets, and what the models say of them.
#pragma once

#include <algorithm>
#include <map>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/images/idx.hpp"
#include "models/published.hpp"

inline std::vector<cv::Mat> test_images(const std::string& data) {
  const auto folder = std::filesystem::path(GM_DATA_ROOT) / data;
  auto images = gmtrain::read_idx_images(folder / "t10k-images-idx3-ubyte");
  const cv::Size size(static_cast<int>(images.width), static_cast<int>(images.height));
  std::vector<cv::Mat> found;
  for (int64_t i = 0; i < images.count; ++i) {
    found.push_back(cv::Mat(size, CV_8UC1, &images.pixels[i * size.area()]).clone());
  }
  return found;
}

inline std::vector<cv::dnn_gm::Verdict> judge(const Published& model,
                                              const std::vector<cv::Mat>& images) {
  const auto classifier = cv::dnn_gm::OpenSetClassifier::create(model.file(".onnx").string());
  std::vector<cv::dnn_gm::Verdict> verdicts;
  for (auto begin = images.begin(); begin != images.end();) {
    const auto end = begin + std::min<std::ptrdiff_t>(500, images.end() - begin);
    const auto some = classifier->classifyBatch(std::vector<cv::Mat>(begin, end));
    verdicts.insert(verdicts.end(), some.begin(), some.end());
    begin = end;
  }
  return verdicts;
}

/// How many samples a model's p-values are ranked among, asked once.
inline const std::vector<int>& calibration_counts(const Published& model) {
  static std::map<std::string, std::vector<int>> all;
  auto& counts = all[model.name];
  if (counts.empty()) {
    counts =
        cv::dnn_gm::OpenSetClassifier::create(model.file(".onnx").string())->getCalibrationCounts();
  }
  return counts;
}

/// The verdicts of a model on the test images of a data set, judged once.
inline const std::vector<cv::dnn_gm::Verdict>& judged(const Published& model,
                                                      const std::string& data) {
  static std::map<std::pair<std::string, std::string>, std::vector<cv::dnn_gm::Verdict>> all;
  auto& verdicts = all[{model.name, data}];
  if (verdicts.empty()) verdicts = judge(model, test_images(data));
  return verdicts;
}
