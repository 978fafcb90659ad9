// Makes a backend the implementation of the lgm operators on its device.
#pragma once

#include <torch/library.h>

#include "gmtrain/ops/lgm_driver.hpp"

namespace gmtrain::lgm {

/// To be called in TORCH_LIBRARY_IMPL(lgm, <device>, library) with a function that returns the
/// backend.
template <const Backend& (*backend)()>
void implement(torch::Library& library) {
  using torch::Tensor;
  using Tensors = std::tuple<Tensor, Tensor, Tensor, Tensor>;
  library.impl("loss_forward",
               [](const Tensor& features, const Tensor& means, const Tensor& log_variances,
                  const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
                  int64_t max_bytes) -> Tensors {
                 const Forward out = forward(backend(), features, means, log_variances, log_priors,
                                             labels, alpha, lambda, max_bytes);
                 return {out.loss, out.predicted, out.doubts, out.residuals};
               });
  library.impl("loss_backward",
               [](const Tensor& grad_loss, const Tensor& features, const Tensor& means,
                  const Tensor& log_variances, const Tensor& log_priors, const Tensor& labels,
                  const Tensor& doubts, const Tensor& residuals, double alpha, double lambda,
                  int64_t max_bytes, bool of_classes) {
                 return backward(backend(), grad_loss, features, means, log_variances, log_priors,
                                 labels, doubts, residuals, alpha, lambda, max_bytes, of_classes);
               });
  library.impl("distances",
               [](const Tensor& features, const Tensor& means, const Tensor& log_variances) {
                 return distances(backend(), features, means, log_variances);
               });
}

}  // namespace gmtrain::lgm
