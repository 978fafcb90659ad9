// SPDX-License-Identifier: Apache-2.0
// The large-margin Gaussian-mixture loss as a LibTorch operator, `lgm::loss`.
#pragma once

#include "gmtrain/ops/lgm_arguments.hpp"

namespace gmtrain {

struct LgmLossOutput {
  torch::Tensor loss;       ///< [N], Eq. 17 of each sample, without the constant D/2 log(2 pi)
  torch::Tensor predicted;  ///< [N] int64, argmax_k p(k|x) without the margin; not differentiable
};

/// Eqs. 17 and 18, differentiable by features, means and log-variances through Eqs. 19-23.
/// @throws c10::Error where a shape, type or label does not fit. On CUDA a label outside [0,K) is
///                    an assertion on the device.
///
/// The same inputs give the same bits, on the CPU whatever the number of threads, but for sums that
/// ATen divides: of more than ten thousand coordinates, or over as many classes of one.
LgmLossOutput lgm_loss(const lgm::Arguments& arguments);

/// Squared Mahalanobis distances 2 d_k (Eq. 18) of every feature to every class, [N,K].
/// Shapes as in lgm::Arguments; not differentiable.
torch::Tensor mahalanobis_distances(const torch::Tensor& features, const torch::Tensor& means,
                                    const torch::Tensor& log_variances);

}  // namespace gmtrain
