// SPDX-License-Identifier: Apache-2.0
// Gaussians fitted to features, in float64.
#pragma once

#include <torch/types.h>

#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {

/// One Gaussian a class with a covariance in common.
///
/// Dead and linearly dependent features make covariances singular. Their pseudo-inverse is taken:
/// directions in which training varied by less than 1e-10 of the largest variance count for
/// nothing. (float32 features give such directions a variance of about 1e-14 of the largest.)
class TiedGaussians {
 public:
  /// @param features [N,D]
  /// @param labels [N], 0 <= z < classes; a class without features has no Gaussian
  TiedGaussians(const torch::Tensor& features, const torch::Tensor& labels, int64_t classes);

  /// [N,K] float64: squared Mahalanobis distances; infinite to a class without a Gaussian.
  torch::Tensor distances(const torch::Tensor& features) const;

 private:
  torch::Tensor whitening_;  ///< [D,R]: differences times this have Mahalanobis's length
  torch::Tensor means_;      ///< [K,D]
  torch::Tensor present_;    ///< [K] bool
};

}  // namespace gmtrain
