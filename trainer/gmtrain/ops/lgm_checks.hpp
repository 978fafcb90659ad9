// What every backend of the lgm operators asks of its arguments. Each function throws c10::Error
// that names the argument, what was expected and what came.
#pragma once

#include <torch/types.h>

namespace gmtrain::lgm {

void check_mixture(const torch::Tensor& features, const torch::Tensor& means,
                   const torch::Tensor& log_variances);

void check_loss(const torch::Tensor& features, const torch::Tensor& means,
                const torch::Tensor& log_variances, const torch::Tensor& log_priors,
                const torch::Tensor& labels, double alpha, double lambda, int64_t budget);

/// Labels on the CPU. On another device an assertion there: to wait for an answer would cost more
/// than the loss.
void check_label_values(const torch::Tensor& labels, int64_t classes);

/// What the backward pass gets of the forward pass.
void check_saved(const torch::Tensor& grad_loss, const torch::Tensor& doubts,
                 const torch::Tensor& residuals, int64_t samples, int64_t classes);

}  // namespace gmtrain::lgm
