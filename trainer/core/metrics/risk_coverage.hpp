// What a classifier's error becomes when it may decline to answer where it is least confident.
#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

struct RiskPoint {
  double coverage;  ///< share of inputs answered, the most confident ones
  double risk;      ///< share of those that are answered wrongly
};

/// The risks at coverage 1/n, 2/n, ..., 1. Inputs that are equally confident are answered in random
/// order; of their risks it is the mean.
/// @param confidence larger where the classifier is surer; only its order counts
/// @throws std::invalid_argument for empty lists, lists of different lengths and NaN
std::vector<RiskPoint> risk_coverage(const std::vector<double>& confidence,
                                     const std::vector<bool>& correct);

/// Area under that curve: the mean risk over coverages 1/n, ..., 1 (Geifman et al., ICLR 2019).
double aurc(const std::vector<RiskPoint>& curve);

}  // namespace gmtrain
