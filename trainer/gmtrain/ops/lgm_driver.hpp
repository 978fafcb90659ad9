// SPDX-License-Identifier: Apache-2.0
// The lgm operators on tensors, for any backend: products of matrices and the backend's passes over
// them, classes in chunks, memory within a budget.
#pragma once

#include <torch/library.h>

#include "gmtrain/ops/lgm_arguments.hpp"
#include "gmtrain/ops/lgm_kernels.hpp"
#include "gmtrain/ops/lgm_memory_plan.hpp"

namespace gmtrain::lgm {

struct Backend {
  const Kernels<float>& float32;
  const Kernels<double>& float64;
  /// Classes whose products stay in a core's cache, each tile of them a thread's; 0 where a product
  /// is the device's own to divide.
  int64_t tile = 0;
  /// Up to so many terms x - mu, N K D, all is worked out from these, without products.
  int64_t most_direct = 0;

  const Kernels<float>& of(float) const { return float32; }
  const Kernels<double>& of(double) const { return float64; }
};

const Backend& cpu_backend();

struct Forward {
  Tensor loss;       ///< [N]
  Tensor predicted;  ///< [N] int64
  Saved saved;
};

Forward forward(const Backend&, const Arguments&);

/// Gradients of features, means and log-variances, of their shapes and types; without `of_classes`
/// the latter two are empty.
std::tuple<Tensor, Tensor, Tensor> backward(const Backend&, const Tensor& grad_loss,
                                            const Arguments&, const Saved&, bool of_classes = true);

Tensor distances(const Backend&, const Arguments&);

/// The operators with the results that their schemas list.
template <const Backend& (*backend)()>
struct Operators {
  static std::tuple<Tensor, Tensor, Tensor, Tensor> loss_forward(const Arguments& given) {
    const Forward out = forward(backend(), given);
    return {out.loss, out.predicted, out.saved.other_classes, out.saved.posteriors};
  }
  static std::tuple<Tensor, Tensor, Tensor> loss_backward(const Tensor& grad_loss,
                                                          const Arguments& given,
                                                          const Saved& saved, bool of_classes) {
    return backward(backend(), grad_loss, given, saved, of_classes);
  }
  static Tensor distances_of(const Arguments& given) { return distances(backend(), given); }
};

/// Makes a backend the implementation of the operators on its device. To be called in
/// TORCH_LIBRARY_IMPL(lgm, <device>, library) with a function that returns the backend.
template <const Backend& (*backend)()>
void implement(torch::Library& library) {
  library.impl("loss_forward", listed<&Operators<backend>::loss_forward>());
  library.impl("loss_backward", listed_backward<&Operators<backend>::loss_backward>());
  library.impl("distances", listed_distances<&Operators<backend>::distances_of>());
}

}  // namespace gmtrain::lgm
