// SPDX-License-Identifier: Apache-2.0
// The samples' own reader of pairs, which looks for the images too.
#include "fuzzed_file.hpp"
#include "pairs.hpp"
#include "refusal.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FuzzedFile file;
  try {
    const PairsFile read(file.holding(data, size).string(), "/nonexistent");
    for (const Pair& pair : read.pairs) {
      hold(pair.fold >= 0 && pair.fold < read.folds, "a pair is in one of the folds");
    }
  } catch (const cv::Exception& error) {
    hold_one_line(error.err);
  }
  return 0;
}
