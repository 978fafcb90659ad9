#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

/// Shares of the values that lie in [b/B, (b+1)/B), b = 0 ... B-1; the last bin has its upper end.
/// @throws std::invalid_argument for an empty list, bins < 1 and values outside [0,1]
std::vector<double> histogram(const std::vector<double>& values, int64_t bins);

}  // namespace gmtrain
