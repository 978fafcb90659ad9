#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

/// Share of predictions that differ from the labels, in percent. Throws std::invalid_argument for
/// empty lists or lists of different lengths.
double error_percent(const std::vector<int64_t>& predicted, const std::vector<int64_t>& labels);

}  // namespace gmtrain
