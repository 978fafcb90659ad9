// SPDX-License-Identifier: Apache-2.0
// What OpenSetClassifier looks at of a model's file before OpenCV reads it.
#include "precomp.hpp"

#include "onnx_file.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto file = cv::dnn_gm::OnnxFile::look(std::vector<uchar>(data, data + size));
    file.check();
    hold(file.headOutputs.size() == 1, "one head");
  } catch (const cv::Exception&) {
    // OpenSetClassifier makes one line of it
  }
  return 0;
}
