// SPDX-License-Identifier: Apache-2.0
#include "core/calibration/calibration.hpp"

#include <stdexcept>

#include "fuzzed_file.hpp"
#include "refusal.hpp"

namespace {

void use(const gmtrain::Calibration& calibration) {
  const auto [rows, lines, samples] = calibration.shape();
  hold(calibration.tables().size() == static_cast<size_t>(rows * lines * samples),
       "as many numbers as the shape says");
  const auto classes = static_cast<int64_t>(calibration.group_of_class.size());
  for (int64_t k = 0; k < std::max<int64_t>(1, classes); ++k) {
    const double p = calibration.p_value({k, 1.5f, 3.f, -2.f});
    hold(p > 0 && p <= 1, "a p-value is within (0,1]");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FuzzedFile file;
  const auto& path = file.holding(data, size);
  read_or_refuse<std::runtime_error>([&] { use(gmtrain::Calibration::load(path, 3)); });
  return 0;
}
