// Schema, autograd and autocast of the operators; the arithmetic is in the backends.
#include "gmtrain/ops/lgm_loss.hpp"

#include <torch/autograd.h>
#include <torch/csrc/autograd/functions/basic_ops.h>
#include <torch/library.h>

namespace gmtrain {
namespace {

using torch::Tensor;

using Tensors2 = std::tuple<Tensor, Tensor>;
using Tensors3 = std::tuple<Tensor, Tensor, Tensor>;
using Tensors4 = std::tuple<Tensor, Tensor, Tensor, Tensor>;

template <typename Signature>
auto operator_named(const char* name) {
  return torch::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

Tensors2 call_loss(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                   const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
                   int64_t max_bytes) {
  static const auto op = operator_named<decltype(call_loss)>("lgm::loss");
  return op.call(features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes);
}

Tensors4 call_forward(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                      const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
                      int64_t max_bytes) {
  static const auto op = operator_named<decltype(call_forward)>("lgm::loss_forward");
  return op.call(features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes);
}

Tensors3 call_backward(const Tensor& grad_loss, const Tensor& features, const Tensor& means,
                       const Tensor& log_variances, const Tensor& log_priors, const Tensor& labels,
                       const Tensor& doubts, const Tensor& residuals, double alpha, double lambda,
                       int64_t max_bytes, bool of_classes) {
  static const auto op = operator_named<decltype(call_backward)>("lgm::loss_backward");
  return op.call(grad_loss, features, means, log_variances, log_priors, labels, doubts, residuals,
                 alpha, lambda, max_bytes, of_classes);
}

class LgmLossFunction : public torch::autograd::Function<LgmLossFunction> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const Tensor& features, const Tensor& means,
                                                const Tensor& log_variances,
                                                const Tensor& log_priors, const Tensor& labels,
                                                double alpha, double lambda, int64_t max_bytes) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto [loss, predicted, doubts, residuals] =
        call_forward(features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes);
    context->save_for_backward(
        {features, means, log_variances, log_priors, labels, doubts, residuals});
    context->saved_data["alpha"] = alpha;
    context->saved_data["lambda"] = lambda;
    context->saved_data["max_bytes"] = max_bytes;
    context->mark_non_differentiable({predicted});
    return {loss, predicted};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const bool of_classes = context->needs_input_grad(1) || context->needs_input_grad(2);
    auto [features, means, log_variances] = call_backward(
        gradients[0], saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6],
        context->saved_data["alpha"].toDouble(), context->saved_data["lambda"].toDouble(),
        context->saved_data["max_bytes"].toInt(), of_classes);
    torch::autograd::variable_list results{features};
    if (of_classes) results.insert(results.end(), {means, log_variances});
    if (at::GradMode::is_enabled()) results = not_differentiable_again(std::move(results));
    results.resize(8);
    return results;
  }

 private:
  /// Under create_graph, an error for who differentiates twice rather than a gradient of nothing.
  static torch::autograd::variable_list not_differentiable_again(
      torch::autograd::variable_list gradients) {
    for (Tensor& gradient : gradients) gradient = gradient.detach().requires_grad_(true);
    torch::autograd::DelayedError error("lgm::loss is differentiable once only",
                                        static_cast<int64_t>(gradients.size()));
    return error(std::move(gradients));
  }
};

Tensors2 loss_without_autograd(const Tensor& features, const Tensor& means,
                               const Tensor& log_variances, const Tensor& log_priors,
                               const Tensor& labels, double alpha, double lambda,
                               int64_t max_bytes) {
  auto [loss, predicted, doubts, residuals] =
      call_forward(features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes);
  return {loss, predicted};
}

Tensors2 loss_autograd(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                       const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
                       int64_t max_bytes) {
  const auto out = LgmLossFunction::apply(features, means, log_variances, log_priors, labels, alpha,
                                          lambda, max_bytes);
  return {out[0], out[1]};
}

/// The loss is worked out in float32 whatever the network's type is; reduced features are read as
/// they are.
Tensors2 loss_autocast(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                       const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
                       int64_t max_bytes) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(
      c10::DispatchKeySet({c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA}));
  const auto wide = [](const Tensor& t) {
    return t.scalar_type() == torch::kDouble ? t : t.to(torch::kFloat);
  };
  return call_loss(features, wide(means), wide(log_variances), wide(log_priors), labels, alpha,
                   lambda, max_bytes);
}

}  // namespace

TORCH_LIBRARY(lgm, library) {
  library.def(
      "loss(Tensor features, Tensor means, Tensor log_variances, Tensor log_priors, Tensor labels, "
      "float alpha, float lambda_, int max_bytes=0) -> (Tensor loss, Tensor predicted)");
  // lambda is a keyword of Python.
  // doubts [N,2]: logsumexp_{k != z} logit_k and 1 - p_z; residuals [N,K]: p_k - [k = z] with the
  // margin in p, or empty where max_bytes does not allow them; without of_classes the gradients of
  // means and log-variances are empty
  library.def(
      "loss_forward(Tensor features, Tensor means, Tensor log_variances, Tensor log_priors, "
      "Tensor labels, float alpha, float lambda_, int max_bytes=0) -> (Tensor loss, "
      "Tensor predicted, Tensor doubts, Tensor residuals)");
  library.def(
      "loss_backward(Tensor grad_loss, Tensor features, Tensor means, Tensor log_variances, "
      "Tensor log_priors, Tensor labels, Tensor doubts, Tensor residuals, float alpha, "
      "float lambda_, int max_bytes=0, bool of_classes=True) -> (Tensor grad_features, "
      "Tensor grad_means, Tensor grad_log_variances)");
  library.def("distances(Tensor features, Tensor means, Tensor log_variances) -> Tensor");
}

TORCH_LIBRARY_IMPL(lgm, CompositeExplicitAutograd, library) {
  library.impl("loss", loss_without_autograd);
}
TORCH_LIBRARY_IMPL(lgm, Autograd, library) {
  library.impl("loss", loss_autograd);
}
TORCH_LIBRARY_IMPL(lgm, AutocastCPU, library) {
  library.impl("loss", loss_autocast);
}
TORCH_LIBRARY_IMPL(lgm, AutocastCUDA, library) {
  library.impl("loss", loss_autocast);
}

LgmLossOutput lgm_loss(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                       const Tensor& log_priors, const Tensor& labels, double alpha, double lambda,
                       int64_t max_bytes) {
  auto [loss, predicted] =
      call_loss(features, means, log_variances, log_priors, labels, alpha, lambda, max_bytes);
  return {loss, predicted};
}

Tensor mahalanobis_distances(const Tensor& features, const Tensor& means,
                             const Tensor& log_variances) {
  static const auto op =
      operator_named<Tensor(const Tensor&, const Tensor&, const Tensor&)>("lgm::distances");
  return op.call(features.detach(), means.detach(), log_variances.detach());
}

}  // namespace gmtrain
