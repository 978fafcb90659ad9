// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/post_hoc/gaussians.hpp"

#include <cmath>

namespace gmtrain {
namespace {

using torch::Tensor;

constexpr double kLeastVariance = 1e-10;  ///< of the largest

/// W with W W^T the covariance's pseudo-inverse: from C = V diag(v) V^T it is V diag(v^-1/2).
Tensor whitening_of(const Tensor& covariance) {
  const auto [variances, axes] = at::linalg_eigh(covariance);
  const double floor = kLeastVariance * variances.max().item<double>();
  const Tensor kept = variances.gt(floor).nonzero().flatten();
  return axes.index_select(1, kept) * variances.index_select(0, kept).rsqrt();
}

}  // namespace

TiedGaussians::TiedGaussians(const Tensor& features, const Tensor& labels, int64_t classes) {
  const Tensor wide = features.to(torch::kDouble);
  const Tensor counts = labels.bincount({}, classes);
  present_ = counts.gt(0);
  const Tensor sums =
      torch::zeros({classes, wide.size(1)}, torch::kDouble).index_add(0, labels, wide);
  means_ = sums / counts.clamp_min(1).unsqueeze(1);
  const Tensor deviations = wide - means_.index_select(0, labels);
  whitening_ = whitening_of(deviations.t().mm(deviations) / static_cast<double>(wide.size(0)));
}

Tensor TiedGaussians::distances(const Tensor& features) const {
  const Tensor wide = features.to(torch::kDouble);
  std::vector<Tensor> columns;
  for (int64_t k = 0; k < means_.size(0); ++k) {
    columns.push_back((wide - means_[k]).mm(whitening_).square().sum(1));
  }
  return torch::stack(columns, 1).masked_fill(present_.logical_not(), INFINITY);
}

}  // namespace gmtrain
