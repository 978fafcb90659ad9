// What every backend of the lgm operators asks of its arguments. Each function throws c10::Error
// that names the argument, what was expected and what came.
#pragma once

#include <torch/types.h>

namespace gmtrain::lgm {

void check_mixture(const torch::Tensor& features, const torch::Tensor& means,
                   const torch::Tensor& log_variances);

void check_loss(const torch::Tensor& features, const torch::Tensor& means,
                const torch::Tensor& log_variances, const torch::Tensor& log_priors,
                const torch::Tensor& labels, double alpha, double lambda);

}  // namespace gmtrain::lgm
