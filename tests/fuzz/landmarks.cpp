// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "core/faces/align.hpp"
#include "fuzzed_file.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FuzzedFile file;
  const auto& path = file.holding(data, size);
  read_or_refuse<std::runtime_error>([&] {
    const cv::Mat image(12, 10, CV_8UC3, cv::Scalar::all(128));
    for (const auto& landmark : gmtrain::read_landmarks(path)) {
      read_or_refuse<std::invalid_argument>([&] {
        const cv::Mat face = gmtrain::align_face(image, landmark.second, 16);
        hold(face.size() == cv::Size(16, 16), "a face has the size that was asked for");
      });
    }
  });
  return 0;
}
