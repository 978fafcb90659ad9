// Runs GMHead inside a cv::dnn::Net.
#pragma once

#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

#include "module/gm_head_case.hpp"

namespace gm_test {

/// The outputs of GMHead, in its order.
struct HeadOutputs {
  cv::Mat prob, log_likelihood, log_density, distance, p_value, predicted;

  explicit HeadOutputs(const std::vector<cv::Mat>& outputs) {
    CV_Assert(outputs.size() == 6);
    cv::Mat* const members[] = {&prob,     &log_likelihood, &log_density,
                                &distance, &p_value,        &predicted};
    for (size_t i = 0; i < 6; ++i) *members[i] = outputs[i].clone();
  }
};

inline cv::dnn::LayerParams params_with(const std::vector<cv::Mat>& constants) {
  cv::dnn::LayerParams params;
  params.name = "head";
  params.type = "GMHead";
  params.blobs = constants;
  return params;
}

inline cv::dnn::Net net_with_head(const std::vector<cv::Mat>& constants) {
  cv::dnn_gm::registerLayers();
  cv::dnn::Net net;
  cv::dnn::LayerParams params = params_with(constants);
  net.addLayerToPrev("head", "GMHead", params);
  return net;
}

inline HeadOutputs forward(cv::dnn::Net& net, const cv::Mat& features) {
  net.setInput(features);
  std::vector<std::vector<cv::Mat>> outputs;
  net.forward(outputs, std::vector<cv::String>{"head"});
  return HeadOutputs(outputs.at(0));
}

inline HeadOutputs run(const HeadCase& head) {
  cv::dnn::Net net = net_with_head(head.constants);
  return forward(net, head.features);
}

}  // namespace gm_test
