// SPDX-License-Identifier: Apache-2.0
// Images whose features are known, for face_verification.
#pragma once

#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>

#include "module/image_model.hpp"
#include "samples/enrolled.hpp"
#include "samples/measured_pairs.hpp"
#include "samples/sample_fixture.hpp"

namespace gm_test {

struct PeopleFixture : SampleFixture {
  ImageModel model;
  cv::Ptr<cv::dnn_gm::OpenSetClassifier> classifier;

  explicit PeopleFixture(int channels = 1) : model(channels, nineteen_distances() / 100) {
    model.write(path("model.onnx"));
    classifier = cv::dnn_gm::OpenSetClassifier::create(path("model.onnx"));
  }

  cv::Mat features(const std::string& file) const {
    cv::Mat found;
    classifier->features(std::vector<cv::Mat>{cv::imread(path(file))}, found);
    return found;
  }

  /// Writes an image with these features, in steps of 1 / 1020.
  void write_features(const std::string& file, const cv::Mat& features) const {
    std::vector<cv::Mat> channels(size_t(features.cols / 6));
    for (size_t c = 0; c < channels.size(); ++c) {
      channels[c] = cv::Mat(kHeight, kWidth, CV_8UC1);
      for (int pixel = 0; pixel < kHeight * kWidth; ++pixel) {
        const int y = pixel / kWidth, x = pixel % kWidth;
        const int block = int(c) * 6 + y / 2 * 3 + x / 2, part = y % 2 * 2 + x % 2;
        const double value = std::min(std::max(features.at<float>(block), 0.F), 1.F);
        channels[c].at<uchar>(y, x) = uchar((cvRound(value * 1020) + part) / 4);
      }
    }
    cv::Mat image;
    cv::merge(channels, image);
    fs::create_directories((folder / file).parent_path());
    BOOST_REQUIRE(cv::imwrite(path(file), image));
  }

  Result verification(const std::string& arguments) const {
    return run(GM_FACE_VERIFICATION, "--model=model.onnx " + arguments);
  }

  /// The score of each pair by its name, of the cosine and the Euclidean distance.
  std::vector<double> scores_of(const std::vector<Pair>& pairs, const std::string& name) const {
    std::vector<double> scores;
    for (const Pair& pair : pairs) {
      const cv::Mat x = features(pair.first), y = features(pair.second);
      scores.push_back(name == "cosine" ? x.dot(y) / std::sqrt(x.dot(x) * y.dot(y))
                                        : -cv::norm(x - y));
    }
    return scores;
  }

  /// That the table has of the cosine and the Euclidean distance what counting says.
  void check_measured(const Result& result, const std::vector<Pair>& pairs, int folds) const {
    BOOST_TEST(result.status == 0, result.err);
    for (const std::string name : {"cosine", "euclidean"}) {
      check_row(result.row(name, 7), counted_row(pairs, scores_of(pairs, name), folds),
                kPairsDecimals);
    }
  }
};

}  // namespace gm_test
