// Schema and autograd of the operators; the arithmetic is in the backends.
#include "gmtrain/ops/lgm_loss.hpp"

#include <torch/autograd.h>
#include <torch/library.h>

namespace gmtrain {
namespace {

using torch::Tensor;

using Tensors3 = std::tuple<Tensor, Tensor, Tensor>;

Tensors3 call_forward(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                      const Tensor& log_priors, const Tensor& labels, double alpha, double lambda) {
  static const auto op = torch::Dispatcher::singleton()
                             .findSchemaOrThrow("lgm::loss_forward", "")
                             .typed<Tensors3(const Tensor&, const Tensor&, const Tensor&,
                                             const Tensor&, const Tensor&, double, double)>();
  return op.call(features, means, log_variances, log_priors, labels, alpha, lambda);
}

Tensors3 call_backward(const Tensor& grad_loss, const Tensor& features, const Tensor& means,
                       const Tensor& log_variances, const Tensor& labels, const Tensor& residuals,
                       double alpha, double lambda) {
  static const auto op =
      torch::Dispatcher::singleton()
          .findSchemaOrThrow("lgm::loss_backward", "")
          .typed<Tensors3(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                          const Tensor&, double, double)>();
  return op.call(grad_loss, features, means, log_variances, labels, residuals, alpha, lambda);
}

class LgmLossFunction : public torch::autograd::Function<LgmLossFunction> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const Tensor& features, const Tensor& means,
                                                const Tensor& log_variances,
                                                const Tensor& log_priors, const Tensor& labels,
                                                double alpha, double lambda) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto [loss, predicted, residuals] =
        call_forward(features, means, log_variances, log_priors, labels, alpha, lambda);
    context->save_for_backward({features, means, log_variances, labels, residuals});
    context->saved_data["alpha"] = alpha;
    context->saved_data["lambda"] = lambda;
    context->mark_non_differentiable({predicted});
    return {loss, predicted};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    auto [features, means, log_variances] = call_backward(
        gradients[0], saved[0], saved[1], saved[2], saved[3], saved[4],
        context->saved_data["alpha"].toDouble(), context->saved_data["lambda"].toDouble());
    return {features, means, log_variances, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

std::tuple<Tensor, Tensor> loss_autograd(const Tensor& features, const Tensor& means,
                                         const Tensor& log_variances, const Tensor& log_priors,
                                         const Tensor& labels, double alpha, double lambda) {
  const auto out =
      LgmLossFunction::apply(features, means, log_variances, log_priors, labels, alpha, lambda);
  return {out[0], out[1]};
}

std::tuple<Tensor, Tensor> loss_without_autograd(const Tensor& features, const Tensor& means,
                                                 const Tensor& log_variances,
                                                 const Tensor& log_priors, const Tensor& labels,
                                                 double alpha, double lambda) {
  auto [loss, predicted, residuals] =
      call_forward(features, means, log_variances, log_priors, labels, alpha, lambda);
  return {loss, predicted};
}

}  // namespace

TORCH_LIBRARY(lgm, library) {
  library.def(
      "loss(Tensor features, Tensor means, Tensor log_variances, Tensor log_priors, Tensor labels, "
      "float alpha, float lambda) -> (Tensor loss, Tensor predicted)");
  // residuals [N,K]: p_k - [k = z] with the margin in p
  library.def(
      "loss_forward(Tensor features, Tensor means, Tensor log_variances, Tensor log_priors, "
      "Tensor labels, float alpha, float lambda) -> (Tensor loss, Tensor predicted, "
      "Tensor residuals)");
  library.def(
      "loss_backward(Tensor grad_loss, Tensor features, Tensor means, Tensor log_variances, "
      "Tensor labels, Tensor residuals, float alpha, float lambda) -> (Tensor grad_features, "
      "Tensor grad_means, Tensor grad_log_variances)");
  library.def("distances(Tensor features, Tensor means, Tensor log_variances) -> Tensor");
}

TORCH_LIBRARY_IMPL(lgm, Autograd, library) {
  library.impl("loss", loss_autograd);
}
TORCH_LIBRARY_IMPL(lgm, CPU, library) {
  library.impl("loss", loss_without_autograd);
}

LgmLossOutput lgm_loss(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                       const Tensor& log_priors, const Tensor& labels, double alpha,
                       double lambda) {
  static const auto op =
      torch::Dispatcher::singleton()
          .findSchemaOrThrow("lgm::loss", "")
          .typed<std::tuple<Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&,
                                            const Tensor&, const Tensor&, double, double)>();
  auto [loss, predicted] =
      op.call(features, means, log_variances, log_priors, labels, alpha, lambda);
  return {loss, predicted};
}

Tensor mahalanobis_distances(const Tensor& features, const Tensor& means,
                             const Tensor& log_variances) {
  static const auto op = torch::Dispatcher::singleton()
                             .findSchemaOrThrow("lgm::distances", "")
                             .typed<Tensor(const Tensor&, const Tensor&, const Tensor&)>();
  return op.call(features.detach(), means.detach(), log_variances.detach());
}

}  // namespace gmtrain
