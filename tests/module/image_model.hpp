// SPDX-License-Identifier: Apache-2.0
// The module's own model of images, under the names that the tests of the samples know it by.
#pragma once

#include "dnn_gm/test/test_image_model.hpp"

namespace gm_test {

using opencv_test::ImageModel;
using opencv_test::tables;

constexpr int kHeight = opencv_test::imageHeight;
constexpr int kWidth = opencv_test::imageWidth;

inline cv::Mat normal(cv::RNG& random, int rows, int cols, double deviation) {
  return opencv_test::randomNormal(random, rows, cols, deviation);
}

inline cv::Mat nineteen_distances() {
  return opencv_test::nineteenDistances();
}

inline cv::Mat image_of_features(const cv::Mat& features) {
  return opencv_test::imageOfFeatures(features);
}

inline void set_attribute(opencv_test::OnnxNode& node, const std::string& name,
                          const std::vector<int64_t>& values) {
  node.set(name, std::vector<int>(values.begin(), values.end()));
}

inline void set_attribute(opencv_test::OnnxNode& node, const std::string& name,
                          const std::vector<float>& values) {
  node.set(name, values);
}

}  // namespace gm_test
