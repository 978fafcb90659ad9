// SPDX-License-Identifier: Apache-2.0
// The distribution a trained L-GM classifier believes in, and what it says of features.
#pragma once

#include <torch/types.h>

namespace gmtrain {

/// What a classifier says of N features; all float64.
struct Scores {
  torch::Tensor predicted;       ///< [N] int64, c = argmax_k p(k|x)
  torch::Tensor log_posterior;   ///< [N,K], Eq. 6 without margin
  torch::Tensor log_error;       ///< [N], log(1 - p(c|x)): orders samples where p(c|x) rounds to 1
  torch::Tensor log_likelihood;  ///< [N], log N(x; mu_c, Lambda_c) with its constant, Eq. 5, or
                                 ///< what the loss has in its place (Sect. 4.3)
  torch::Tensor log_density;     ///< [N], log p(x), Eq. 4
  torch::Tensor distance;        ///< [N], squared Mahalanobis distance to mu_c, twice Eq. 18's d_c;
                                 ///< undefined where the loss knows of none
  torch::Tensor energy;          ///< [N], how far x is from the mixture, as operator.md defines
                                 ///< it; undefined with the distance
  torch::Tensor
      doubt;  ///< [N], log of the odds against c, (1 - p(c|x)) / p(c|x); -FLT_MAX of K = 1
};

struct GaussianMixture {
  torch::Tensor means;          ///< [K,D]
  torch::Tensor log_variances;  ///< [K,D], [K,1] or [1,1]
  torch::Tensor log_priors;     ///< [K]

  /// @param features [N,D] of any floating type; computed in float64. What is no float32 number, or
  ///                 has no distance that is one, is scored as operator.md says.
  Scores score(const torch::Tensor& features) const;

  /// [N], what score() calls the energy, differentiable by the features.
  torch::Tensor energy(const torch::Tensor& features) const;

  /// [N], log N(x; mu_c, Lambda_c) of the class c given for each feature, differentiable by these.
  torch::Tensor log_likelihood(const torch::Tensor& features, const torch::Tensor& classes) const;

 private:
  torch::Tensor log_normalisers() const;  ///< [K] or [1], log N(mu_k; mu_k, Lambda_k), float64
  torch::Tensor base() const;             ///< the energy's
};

/// Fills predicted, log_posterior, log_error, log_density and doubt.
/// @param joint [N,K] float64: log p(x,k), or affinities in their place
Scores posterior_scores(const torch::Tensor& joint);

/// [N]: of each row the value of its predicted class.
torch::Tensor of_predicted(const torch::Tensor& values, const Scores& scores);

}  // namespace gmtrain
