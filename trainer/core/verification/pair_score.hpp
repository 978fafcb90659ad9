// How alike two images are by their features.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

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

/// To add a score: write verification/<name>.cpp with such a function, and a line in
/// pair_scores.cpp. It sees features of training alone.
using PairScoreFactory = std::unique_ptr<PairScore> (*)(const TrainingTable& training,
                                                        const PairScoreOptions& options);

std::vector<std::string> pair_score_names();

/// @throws std::invalid_argument for a name that is not among pair_score_names(), and for training
///                               features that a score cannot be fitted to
std::unique_ptr<PairScore> fit_pair_score(const std::string& name, const TrainingTable& training,
                                          const PairScoreOptions& options);

/// Whether a score looks at the features of training.
bool is_fitted(const std::string& name);

std::unique_ptr<PairScore> make_cosine(const TrainingTable& training,
                                       const PairScoreOptions& options);
std::unique_ptr<PairScore> make_euclidean(const TrainingTable& training,
                                          const PairScoreOptions& options);
std::unique_ptr<PairScore> make_pca_mahalanobis(const TrainingTable& training,
                                                const PairScoreOptions& options);
std::unique_ptr<PairScore> make_within_mahalanobis(const TrainingTable& training,
                                                   const PairScoreOptions& options);

}  // namespace gmtrain
