// SPDX-License-Identifier: Apache-2.0
// How alike two images are by their features.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "core/verification/features.hpp"

namespace gmtrain {

class PairScore {
 public:
  virtual ~PairScore() = default;

  /// One number for each pair, finite, larger for images that are more alike.
  /// @param images of the dimension of the features that the score was fitted to
  virtual std::vector<double> score(const FeatureTable& images,
                                    const std::vector<ImagePair>& pairs) const = 0;
};

struct PairScoreOptions {
  double retained_variance;  ///< of PCA: share of the variance of training, above 0, at most 1
};

/// To add a score: write verification/<name>.cpp, and register one of these there.
struct PairScoreKind {
  /// @throws std::invalid_argument for training features that the score cannot be fitted to
  std::unique_ptr<PairScore> (*fit)(const TrainingTable& training, const PairScoreOptions& options);

  bool is_fitted;  ///< whether fit() looks at `training`; else that may be empty
};

/// @throws std::invalid_argument for a name that is not registered, and as PairScoreKind::fit()
inline std::unique_ptr<PairScore> fit_pair_score(const std::string& name,
                                                 const TrainingTable& training,
                                                 const PairScoreOptions& options) {
  return Registry<PairScoreKind>::at(name).fit(training, options);
}

}  // namespace gmtrain
