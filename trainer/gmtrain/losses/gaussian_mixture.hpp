// The distribution a trained L-GM classifier believes in, and what it says of features.
#pragma once

#include <torch/types.h>

namespace gmtrain {

/// What a classifier says of N features; all float64.
struct Scores {
  torch::Tensor predicted;       ///< [N] int64, c = argmax_k p(k|x)
  torch::Tensor log_posterior;   ///< [N,K], Eq. 6 without margin
  torch::Tensor doubt;           ///< [N], log(1 - p(c|x)): orders samples where p(c|x) rounds to 1
  torch::Tensor log_likelihood;  ///< [N], log N(x; mu_c, Lambda_c) with its constant, Eq. 5, or
                                 ///< what the loss has in its place (Sect. 4.3)
  torch::Tensor log_density;     ///< [N], log p(x), Eq. 4
  torch::Tensor distance;        ///< [N], squared Mahalanobis distance to mu_c, twice Eq. 18's d_c;
                                 ///< undefined where the loss knows of none
};

struct GaussianMixture {
  torch::Tensor means;          ///< [K,D]
  torch::Tensor log_variances;  ///< [K,D], [K,1] or [1,1]
  torch::Tensor log_priors;     ///< [K]

  /// @param features [N,D] of any floating type; computed in float64
  Scores score(const torch::Tensor& features) const;

  /// [N], log N(x; mu_c, Lambda_c) of the class c given for each feature, differentiable by these.
  torch::Tensor log_likelihood(const torch::Tensor& features, const torch::Tensor& classes) const;
};

}  // namespace gmtrain
