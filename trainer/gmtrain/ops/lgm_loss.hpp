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
/// @param features       [N,D] float32 or float64; beside float32 means float16 or bfloat16 as well
/// @param means          [K,D] float32 or float64: the type that all is worked out in
/// @param log_variances  [K,D] diagonal, [K,1] isotropic, or [1,1] shared by all; identity is 0
/// @param log_priors     [K], log p(k); not differentiable
/// @param labels         [N] int64, 0 <= z < K
/// @param alpha          margin, >= 0
/// @param lambda         weight of the likelihood term, >= 0
/// @param max_bytes      what the loss may take beside its arguments, results, their gradients and
///                       O(ND); 0: O(NK). With little, distances are worked out twice, some classes
///                       at a time, at least one.
/// @throws c10::Error where a shape, type or label does not fit. On CUDA a label outside [0,K) is
///                    an assertion on the device.
///
/// The same inputs give the same bits, on the CPU whatever the number of threads.
LgmLossOutput lgm_loss(const torch::Tensor& features, const torch::Tensor& means,
                       const torch::Tensor& log_variances, const torch::Tensor& log_priors,
                       const torch::Tensor& labels, double alpha, double lambda,
                       int64_t max_bytes = 0);

/// Squared Mahalanobis distances 2 d_k (Eq. 18) of every feature to every class, [N,K].
/// Shapes as in lgm_loss; not differentiable.
torch::Tensor mahalanobis_distances(const torch::Tensor& features, const torch::Tensor& means,
                                    const torch::Tensor& log_variances);

}  // namespace gmtrain
