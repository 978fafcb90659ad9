// SPDX-License-Identifier: Apache-2.0
// Whether a classifier knows how sure it may be.
#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

/// Inputs of similar confidence.
struct ReliabilityBin {
  double confidence;  ///< their mean
  double accuracy;    ///< share that is classified correctly
  int64_t count;
};

/// Equally wide bins (b/B, (b+1)/B] over [0,1], the first with its lower end; those that are empty
/// are left out.
/// @param confidence posterior of the predicted class
/// @throws std::invalid_argument for empty lists, lists of different lengths, bins < 1 and
///         confidences outside [0,1]
std::vector<ReliabilityBin> reliability(const std::vector<double>& confidence,
                                        const std::vector<bool>& correct, int64_t bins);

/// Expected calibration error (Guo et al., ICML 2017): the mean over inputs of |accuracy -
/// confidence| of their bin.
double expected_calibration_error(const std::vector<ReliabilityBin>& bins);

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

/// Shares of the values that lie in [b/B, (b+1)/B), b = 0 ... B-1; the last bin has its upper end.
/// @throws std::invalid_argument for an empty list, bins < 1 and values outside [0,1]
std::vector<double> histogram(const std::vector<double>& values, int64_t bins);

}  // namespace gmtrain
