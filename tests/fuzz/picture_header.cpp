// SPDX-License-Identifier: Apache-2.0
// What is looked at of a picture's file before OpenCV decodes it.
#include "precomp.hpp"

#include "picture_header.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cv::dnn_gm::PictureHeader header(std::vector<uchar>(data, data + size));
  hold(header.cutShort == nullptr || *header.cutShort != '\0', "a format that has a name");
  return 0;
}
