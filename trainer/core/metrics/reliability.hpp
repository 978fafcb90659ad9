// Whether a classifier that says 90 % is right in 90 % of cases.
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

}  // namespace gmtrain
