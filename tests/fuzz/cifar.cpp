// SPDX-License-Identifier: Apache-2.0
#include "core/images/cifar.hpp"

#include <stdexcept>

#include "fuzzed_file.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FuzzedFile file;
  const auto& path = file.holding(data, size);
  for (const int64_t label_bytes : {1, 2}) {
    read_or_refuse<std::runtime_error>([&] {
      gmtrain::CifarImages images;
      gmtrain::read_cifar(path, label_bytes, images);
      hold(images.pixels.size() ==
               images.labels.size() * 3 * gmtrain::kCifarSide * gmtrain::kCifarSide,
           "as many pixels as images have");
    });
  }
  return 0;
}
