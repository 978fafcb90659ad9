#include "core/metrics/reliability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gmtrain {

std::vector<ReliabilityBin> reliability(const std::vector<double>& confidence,
                                        const std::vector<bool>& correct, int64_t bins) {
  if (confidence.empty() || confidence.size() != correct.size() || bins < 1) {
    throw std::invalid_argument(
        fmt::format("reliability: expected a verdict for each of at least one confidence and at "
                    "least one bin, found {}, {} and {}",
                    correct.size(), confidence.size(), bins));
  }
  std::vector<ReliabilityBin> all(bins, ReliabilityBin{0, 0, 0});
  for (size_t i = 0; i < confidence.size(); ++i) {
    if (!(confidence[i] >= 0 && confidence[i] <= 1)) {
      throw std::invalid_argument(
          fmt::format("reliability: expected confidences from 0 to 1, found {}", confidence[i]));
    }
    const auto upper_end = std::ceil(confidence[i] * static_cast<double>(bins));
    ReliabilityBin& bin = all[std::max<int64_t>(0, static_cast<int64_t>(upper_end) - 1)];
    bin.confidence += confidence[i];
    bin.accuracy += correct[i];
    ++bin.count;
  }
  std::vector<ReliabilityBin> filled;
  for (const auto& [confidences, right, count] : all) {
    const auto n = static_cast<double>(count);
    if (count > 0) filled.push_back({confidences / n, right / n, count});
  }
  return filled;
}

double expected_calibration_error(const std::vector<ReliabilityBin>& bins) {
  double sum = 0, count = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += static_cast<double>(bin.count) * std::abs(bin.accuracy - bin.confidence);
    count += static_cast<double>(bin.count);
  }
  return sum / count;
}

}  // namespace gmtrain
