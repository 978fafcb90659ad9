// A model of images whose features are plain to see: the means of 2x2 blocks, in [0,1].
#pragma once

#include <numeric>
#include <opencv2/imgproc.hpp>

#include "module/gm_head_case.hpp"
#include "module/onnx_model.hpp"

namespace gm_test {

constexpr int kHeight = 4;
constexpr int kWidth = 6;

/// The features of a 4x6 CV_32F image: all blocks of channel 0, then those of the next.
inline cv::Mat block_means(const cv::Mat& image) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  std::vector<float> features;
  for (const cv::Mat& channel : channels)
    for (int y = 0; y < kHeight; y += 2)
      for (int x = 0; x < kWidth; x += 2)
        features.push_back(float(cv::sum(channel(cv::Rect(x, y, 2, 2)))[0] / (4 * 255)));
  return matrix(1, int(features.size()), features);
}

/// A gray image of twice the size that the network takes, with these features up to rounding.
inline cv::Mat image_of_features(const cv::Mat& features) {
  cv::Mat blocks = features.reshape(1, kHeight / 2) * 255, image;
  cv::resize(blocks, image, {2 * kWidth, 2 * kHeight}, 0, 0, cv::INTER_NEAREST);
  image.convertTo(image, CV_8U);
  return image;
}

/// image [N,C,4,6] -> Conv -> Flatten -> Gemm -> features -> GMHead, with every attribute.
struct ImageModel : OnnxModel {
  std::vector<cv::Mat> constants;  ///< of the head: three classes

  ImageModel(int channels, const cv::Mat& calibration) {
    const int D = channels * (kHeight / 2) * (kWidth / 2);
    cv::RNG random(1);
    cv::Mat means(3, D, CV_32F);
    random.fill(means, cv::RNG::UNIFORM, 0., 1.);
    constants = {means, cv::Mat(1, 1, CV_32F, cv::Scalar(-3)), random_log_priors(random, 3),
                 calibration};

    add_input("image", {0, channels, kHeight, kWidth});
    add_body(channels, D);
    onnx::NodeProto& head = add_head(constants);
    set_attribute(head, "labels", "cat\na dog\nbird");
    set_attribute(head, "accept_rate", 0.95F);
    set_attribute(head, "input_height", int64_t{kHeight});
    set_attribute(head, "input_width", int64_t{kWidth});
    set_attribute(head, "input_channels", int64_t{channels});
    set_attribute(head, "channel_order", channels == 1 ? "GRAY" : "BGR");
    set_attribute(head, "calibrated_on", "19 made-up distances");
  }

  onnx::NodeProto& head() { return *graph.mutable_node(graph.node_size() - 1); }

 private:
  void add_body(int channels, int D) {
    cv::Mat kernels = cv::Mat::zeros(channels, channels * 4, CV_32F);
    for (int c = 0; c < channels; ++c) kernels.row(c).colRange(c * 4, c * 4 + 4).setTo(1. / 1020);
    add_constant("kernels", {channels, channels, 2, 2}, kernels);
    onnx::NodeProto& conv = add_node("Conv", {"image", "kernels"}, {"blocks"});
    set_attribute(conv, "kernel_shape", std::vector<int64_t>{2, 2});
    set_attribute(conv, "strides", std::vector<int64_t>{2, 2});
    add_node("Flatten", {"blocks"}, {"flat"});
    add_constant("identity", {D, D}, cv::Mat::eye(D, D, CV_32F));
    add_constant("zeros", {D}, cv::Mat::zeros(D, 1, CV_32F));
    onnx::NodeProto& gemm = add_node("Gemm", {"flat", "identity", "zeros"}, {"features"});
    set_attribute(gemm, "transB", int64_t{1});
  }
};

/// 1, 2, ... 19: p-values are multiples of 0.05.
inline cv::Mat nineteen_distances() {
  std::vector<float> distances(19);
  std::iota(distances.begin(), distances.end(), 1.F);
  return tables(1, 1, distances);
}

}  // namespace gm_test
