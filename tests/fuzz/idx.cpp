// SPDX-License-Identifier: Apache-2.0
#include "core/images/idx.hpp"

#include <stdexcept>

#include "fuzzed_file.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FuzzedFile file;
  const auto& path = file.holding(data, size);
  read_or_refuse<std::runtime_error>([&] {
    const gmtrain::IdxImages images = gmtrain::read_idx_images(path);
    hold(images.pixels.size() == static_cast<size_t>(images.count) * images.height * images.width,
         "as many pixels as the header says");
  });
  read_or_refuse<std::runtime_error>([&] { gmtrain::read_idx_labels(path); });
  return 0;
}
