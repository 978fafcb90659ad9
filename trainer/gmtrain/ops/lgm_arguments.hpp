// SPDX-License-Identifier: Apache-2.0
// What the lgm operators are given, and what every backend asks of it. The checks throw c10::Error
// that names the argument, what was expected and what came.
#pragma once

#include <torch/types.h>

#include <tuple>

namespace gmtrain::lgm {

using torch::Tensor;

/// Arguments of the loss, Eqs. 17 and 18. `lgm::distances` takes the first three.
struct Arguments {
  Tensor features{};  ///< x: [N,D] float32 or float64; beside float32 means float16 or bfloat16
  Tensor means{};     ///< mu: [K,D] float32 or float64, the type that all is worked out in
  Tensor log_variances{};  ///< log Lambda: [K,D] diagonal, [K,1] isotropic, or [1,1] shared by all
  Tensor log_priors{};     ///< log p(k): [K]; not differentiable
  Tensor labels{};         ///< z: [N] int64, 0 <= z < K
  double alpha = 0;        ///< margin, >= 0
  double lambda = 0;       ///< weight of the likelihood term, >= 0
  /// What the loss may take beside its arguments, results, their gradients and O(ND); 0: as much as
  /// O(NK + KD). With little, distances are worked out twice, some classes at a time, at least one.
  int64_t max_bytes = 0;
};

/// What the backward pass gets of the forward pass.
struct Saved {
  Tensor other_classes;  ///< [N,2]: logsumexp_{k != z} logit_k, and 1 - p_z
  Tensor
      posteriors;  ///< [N,K]: p(k|x) with the margin, 0 for k = z; [0] where max_bytes is too small
};

/// Of features, means and log-variances.
void check_mixture(const Arguments&);

void check_loss(const Arguments&);

/// Labels on the CPU. On another device an assertion there: to wait for an answer would cost more
/// than the loss.
void check_label_values(const Tensor& labels, int64_t classes);

void check_saved(const Tensor& grad_loss, const Arguments&, const Saved&);

/// A function of Arguments with the parameters that the schemas of `loss` and `loss_forward` list.
template <auto function>
auto listed() {
  return [](const Tensor& features, const Tensor& means, const Tensor& log_variances,
            const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
            int64_t max_bytes) {
    return function({features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes});
  };
}

/// The same for `loss_backward`: of function(grad_loss, arguments, saved, of_classes).
template <auto function>
auto listed_backward() {
  return [](const Tensor& grad_loss, const Tensor& features, const Tensor& means,
            const Tensor& log_variances, const Tensor& log_priors, const Tensor& labels,
            const Tensor& other_classes, const Tensor& posteriors, double alpha, double lambda,
            int64_t max_bytes, bool of_classes) {
    return function(grad_loss,
                    {features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes},
                    {other_classes, posteriors}, of_classes);
  };
}

/// The same for `distances`.
template <auto function>
auto listed_distances() {
  return [](const Tensor& features, const Tensor& means, const Tensor& log_variances) {
    return function({features, means, log_variances});
  };
}

}  // namespace gmtrain::lgm
