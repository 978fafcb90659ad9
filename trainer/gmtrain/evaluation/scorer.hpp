// SPDX-License-Identifier: Apache-2.0
// Runs a classifier over sets of images and notes every score of every image.
#pragma once

#include "core/calibration/calibration.hpp"
#include "core/metrics/score_table.hpp"
#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/evaluation/image_set.hpp"
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {

class Scorer {
 public:
  Scorer(Model& model, PostHocScores post_hoc);

  /// Of the set's images as they are. `accepted_up_to` stays empty.
  ScoreTable score(const ImageSet& images) const;

  /// Of the attacked images; the table has the attack's name.
  /// @param calibration what the attack is told of the detector; may be null
  ScoreTable score(const ImageSet& images, const NamedAttack& attack,
                   const Calibration* calibration) const;

  /// Adds the images of a batch as they are to a table.
  void add(ScoreTable& table, const Batch& batch) const;

 private:
  using Transform = std::function<torch::Tensor(const Batch&)>;
  ScoreTable score(const ImageSet& images, const std::string& name, const Transform& pixels) const;
  void add(ScoreTable& table, const torch::Tensor& features, const Batch& batch) const;

  Model& model_;
  PostHocScores post_hoc_;
};

/// Features of images as they are, for post-hoc scores to be fitted to.
TrainingFeatures features_of(Model& model, const ImageSet& images, int64_t classes);

}  // namespace gmtrain
