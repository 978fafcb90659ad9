// The large-margin Gaussian-mixture loss as a LibTorch operator, `lgm::loss`.
#pragma once

#include <torch/types.h>

namespace gmtrain {

struct LgmLossOutput {
  torch::Tensor loss;       ///< [N], Eq. 17 of each sample, without the constant D/2 log(2 pi)
  torch::Tensor predicted;  ///< [N] int64, argmax_k p(k|x) without the margin; not differentiable
};

/// Eqs. 17 and 18, differentiable by features, means and log-variances through Eqs. 19-23.
///
/// @param features       [N,D] float32 or float64
/// @param means          [K,D], same type
/// @param log_variances  [K,D] diagonal, [K,1] isotropic, or [1,1] shared by all; identity is 0
/// @param log_priors     [K], log p(k); not differentiable
/// @param labels         [N] int64, 0 <= z < K
/// @param alpha          margin, >= 0
/// @param lambda         weight of the likelihood term, >= 0
/// @throws c10::Error where a shape, type or label does not fit
LgmLossOutput lgm_loss(const torch::Tensor& features, const torch::Tensor& means,
                       const torch::Tensor& log_variances, const torch::Tensor& log_priors,
                       const torch::Tensor& labels, double alpha, double lambda);

/// Squared Mahalanobis distances 2 d_k (Eq. 18) of every feature to every class, [N,K].
/// Shapes as in lgm_loss; not differentiable.
torch::Tensor mahalanobis_distances(const torch::Tensor& features, const torch::Tensor& means,
                                    const torch::Tensor& log_variances);

}  // namespace gmtrain
