// SPDX-License-Identifier: Apache-2.0
// A whole model file: our look at it, then OpenCV's importer, its layers and ours.
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn_gm.hpp>

#include "refusal.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::setNumThreads(1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto classifier =
        cv::dnn_gm::OpenSetClassifier::create(std::vector<uchar>(data, data + size));
    const auto verdict = classifier->classify(cv::Mat(9, 7, CV_8UC3, cv::Scalar(10, 90, 200)));
    hold(verdict.pValue >= 0 && verdict.pValue <= 1, "a p-value is within [0,1]");
    hold(verdict.confidence >= 0 && verdict.confidence <= 1, "a confidence is within [0,1]");
  } catch (const cv::Exception& error) {
    hold_one_line(error.err);
  }
  return 0;
}
