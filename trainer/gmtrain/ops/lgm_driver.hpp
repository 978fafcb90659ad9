// The lgm operators on tensors, for any backend: classes in chunks, memory within a budget.
#pragma once

#include <torch/types.h>

#include "gmtrain/ops/lgm_kernels.hpp"

namespace gmtrain::lgm {

struct Backend {
  const Kernels<float>& float32;
  const Kernels<double>& float64;

  const Kernels<float>& of(float) const { return float32; }
  const Kernels<double>& of(double) const { return float64; }
};

/// What a pass may take beside its arguments and results, and what it does with it.
struct MemoryPlan {
  bool keep_residuals;  ///< [N,K] from the forward to the backward pass; else worked out again
  int64_t chunk;        ///< classes at a time
  int64_t parts;        ///< of the sum over classes in the features' gradient

  /// @param budget bytes; 0 for O(NK): the residuals are kept, and a chunk takes no more than they,
  ///               or than 64 MB
  MemoryPlan(int64_t samples, int64_t classes, int64_t dimension, int64_t element_size,
             int64_t budget);
};

struct Forward {
  torch::Tensor loss;       ///< [N]
  torch::Tensor predicted;  ///< [N] int64
  torch::Tensor doubts;     ///< [N,2]
  torch::Tensor residuals;  ///< [N,K], or [0] where the plan does not keep them
};

Forward forward(const Backend&, const torch::Tensor& features, const torch::Tensor& means,
                const torch::Tensor& log_variances, const torch::Tensor& log_priors,
                const torch::Tensor& labels, double alpha, double lambda, int64_t budget);

/// Gradients of features, means and log-variances, of their shapes and types; without `of_classes`
/// the latter two are empty.
std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> backward(
    const Backend&, const torch::Tensor& grad_loss, const torch::Tensor& features,
    const torch::Tensor& means, const torch::Tensor& log_variances, const torch::Tensor& log_priors,
    const torch::Tensor& labels, const torch::Tensor& doubts, const torch::Tensor& residuals,
    double alpha, double lambda, int64_t budget, bool of_classes = true);

torch::Tensor distances(const Backend&, const torch::Tensor& features, const torch::Tensor& means,
                        const torch::Tensor& log_variances);

}  // namespace gmtrain::lgm
