// SPDX-License-Identifier: Apache-2.0
// Thresholds of the posterior above which a classifier errs no more often than is asked for.
#pragma once

#include <vector>

namespace gmtrain {

struct RiskThreshold {
  double risk;  ///< share of wrong classes, in (0,1]
  float
      confidence;  ///< the posterior that must be exceeded; 1, which nothing exceeds: none is known
};

/// For each risk, with 95 % confidence over the choice of the images: a clean image like these
/// whose posterior is above the threshold has the wrong class with a probability of at most the
/// risk. Each risk has this confidence for itself.
///
/// The most confident images are looked at, more and more of them: the confidence of the next one
/// is a threshold as long as those above it show the risk by the exact (Clopper-Pearson) bound. The
/// last one before the first failure is taken (fixed-sequence testing), which needs no correction
/// for having tried several. One sequence begins with the least number of images that could show
/// the risk, if all were right, and others with twice as many each, since a single wrong image ends
/// a short one; they share the 5 % evenly.
/// @param risks ascending, in (0,1]
/// @param confidence of each image, the posterior of its predicted class as the exported head has
/// it
/// @throws std::invalid_argument for lists of different lengths, confidences outside [0,1] and
/// risks
///                               that are not as said
std::vector<RiskThreshold> risk_thresholds(const std::vector<double>& risks,
                                           const std::vector<float>& confidence,
                                           const std::vector<bool>& correct);

}  // namespace gmtrain
