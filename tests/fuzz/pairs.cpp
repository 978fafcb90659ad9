// SPDX-License-Identifier: Apache-2.0
#include "core/faces/pairs.hpp"

#include <stdexcept>

#include "fuzzed_file.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FuzzedFile file;
  const auto& path = file.holding(data, size);
  read_or_refuse<std::runtime_error>([&] {
    const gmtrain::FacePairs read = gmtrain::read_pairs(path, "people");
    const auto count = static_cast<int64_t>(read.images.size());
    for (const auto& pair : read.pairs) {
      hold(pair.first >= 0 && pair.first < count && pair.second >= 0 && pair.second < count,
           "a pair is of images that are listed");
    }
  });
  return 0;
}
