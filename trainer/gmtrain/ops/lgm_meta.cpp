// Shapes of the operators' results, for tracing without data (torch.compile, torch.export).
#include <torch/library.h>

#include "gmtrain/ops/lgm_driver.hpp"

namespace gmtrain::lgm {
namespace {

using torch::Tensor;

std::tuple<Tensor, Tensor, Tensor, Tensor> forward_shapes(const Tensor& features,
                                                          const Tensor& means,
                                                          const Tensor& /*log_variances*/,
                                                          const Tensor& /*log_priors*/,
                                                          const Tensor& labels, double /*alpha*/,
                                                          double /*lambda*/, int64_t max_bytes) {
  const c10::SymInt samples = features.sym_size(0), classes = means.sym_size(0);
  const auto make = [&](c10::SymIntArrayRef sizes) {
    return at::empty_symint(sizes, means.options());
  };
  const bool kept =
      max_bytes == 0 ||
      MemoryPlan(samples.guard_int(__FILE__, __LINE__), classes.guard_int(__FILE__, __LINE__),
                 means.sym_size(1).guard_int(__FILE__, __LINE__),
                 static_cast<int64_t>(means.element_size()), max_bytes)
          .keep_residuals;
  return {make({samples}), at::empty_symint({samples}, labels.options()), make({samples, 2}),
          kept ? make({samples, classes}) : make({0})};
}

TORCH_LIBRARY_IMPL(lgm, Meta, library) {
  library.impl("loss_forward", forward_shapes);
  library.impl(
      "loss_backward",
      [](const Tensor& /*grad_loss*/, const Tensor& features, const Tensor& means,
         const Tensor& log_variances, const Tensor& /*log_priors*/, const Tensor& /*labels*/,
         const Tensor& /*doubts*/, const Tensor& /*residuals*/, double /*alpha*/, double /*lambda*/,
         int64_t /*max_bytes*/, bool of_classes) -> std::tuple<Tensor, Tensor, Tensor> {
        const auto like = [](const Tensor& t) {
          return at::empty_symint(t.sym_sizes(), t.options());
        };
        const auto of_class = [&](const Tensor& t) {
          return of_classes ? like(t) : at::empty({0}, t.options());
        };
        return {like(features), of_class(means), of_class(log_variances)};
      });
  library.impl(
      "distances",
      [](const Tensor& features, const Tensor& means, const Tensor& /*log_variances*/) -> Tensor {
        return at::empty_symint({features.sym_size(0), means.sym_size(0)}, means.options());
      });
}

}  // namespace
}  // namespace gmtrain::lgm
