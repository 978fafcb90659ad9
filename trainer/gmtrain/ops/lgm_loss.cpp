// SPDX-License-Identifier: Apache-2.0
// Schema, autograd, autocast and shapes of the operators; the arithmetic is in the backends.
#include "gmtrain/ops/lgm_loss.hpp"

#include <torch/autograd.h>
#include <torch/csrc/autograd/functions/basic_ops.h>
#include <torch/library.h>

#include "gmtrain/ops/lgm_memory_plan.hpp"

namespace gmtrain {
namespace {

using lgm::Arguments, lgm::Saved;
using torch::Tensor;

using Tensors2 = std::tuple<Tensor, Tensor>;
using Tensors3 = std::tuple<Tensor, Tensor, Tensor>;
using Tensors4 = std::tuple<Tensor, Tensor, Tensor, Tensor>;

template <typename Signature>
auto operator_named(const char* name) {
  return torch::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

template <typename Result>
using Listed = Result(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                      double, double, int64_t);

/// Calls an operator whose schema lists what Arguments hold.
template <typename Operator>
auto call(const Operator& op, const Arguments& given) {
  return op.call(given.features, given.means, given.log_variances, given.log_priors, given.labels,
                 given.alpha, given.lambda, given.max_bytes);
}

Tensors2 call_loss(const Arguments& given) {
  static const auto op = operator_named<Listed<Tensors2>>("lgm::loss");
  return call(op, given);
}

Tensors4 call_forward(const Arguments& given) {
  static const auto op = operator_named<Listed<Tensors4>>("lgm::loss_forward");
  return call(op, given);
}

Tensors3 call_backward(const Tensor& grad_loss, const Arguments& given, const Saved& saved,
                       bool of_classes) {
  using Signature =
      Tensors3(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
               const Tensor&, const Tensor&, const Tensor&, double, double, int64_t, bool);
  static const auto op = operator_named<Signature>("lgm::loss_backward");
  return op.call(grad_loss, given.features, given.means, given.log_variances, given.log_priors,
                 given.labels, saved.other_classes, saved.posteriors, given.alpha, given.lambda,
                 given.max_bytes, of_classes);
}

class LgmLossFunction : public torch::autograd::Function<LgmLossFunction> {
 public:
  /// @param features,means,log_variances those of `given` again: autograd sees tensors only where
  ///                                     they are parameters
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const Tensor& features, const Tensor& means,
                                                const Tensor& log_variances,
                                                const Arguments& given) {
    at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto [loss, predicted, other_classes, posteriors] = call_forward(given);
    context->save_for_backward({features, means, log_variances, given.log_priors, given.labels,
                                other_classes, posteriors});
    context->saved_data["alpha"] = given.alpha;
    context->saved_data["lambda"] = given.lambda;
    context->saved_data["max_bytes"] = given.max_bytes;
    context->mark_non_differentiable({predicted});
    return {loss, predicted};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Arguments given{saved[0],
                          saved[1],
                          saved[2],
                          saved[3],
                          saved[4],
                          context->saved_data["alpha"].toDouble(),
                          context->saved_data["lambda"].toDouble(),
                          context->saved_data["max_bytes"].toInt()};
    const bool of_classes = context->needs_input_grad(1) || context->needs_input_grad(2);
    auto [features, means, log_variances] =
        call_backward(gradients[0], given, {saved[5], saved[6]}, of_classes);
    torch::autograd::variable_list results{features};
    if (of_classes) results.insert(results.end(), {means, log_variances});
    if (at::GradMode::is_enabled()) results = not_differentiable_again(std::move(results));
    results.resize(4);  // one for each parameter of forward()
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

Tensors2 loss_without_autograd(const Arguments& given) {
  auto [loss, predicted, other_classes, posteriors] = call_forward(given);
  return {loss, predicted};
}

Tensors2 loss_autograd(const Arguments& given) {
  const auto out = LgmLossFunction::apply(given.features, given.means, given.log_variances, given);
  return {out[0], out[1]};
}

/// The loss is worked out in float32 whatever the network's type is; reduced features are read as
/// they are.
Tensors2 loss_autocast(const Arguments& given) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(
      c10::DispatchKeySet({c10::DispatchKey::AutocastCPU, c10::DispatchKey::AutocastCUDA}));
  Arguments wide = given;
  for (Tensor* t : {&wide.means, &wide.log_variances, &wide.log_priors}) {
    if (t->scalar_type() != torch::kDouble) *t = t->to(torch::kFloat);
  }
  return call_loss(wide);
}

// Shapes of the operators' results, for tracing without data (torch.compile, torch.export).

Tensors4 forward_shapes(const Arguments& given) {
  const Tensor &features = given.features, &means = given.means;
  const c10::SymInt samples = features.sym_size(0), classes = means.sym_size(0);
  const auto make = [&](c10::SymIntArrayRef sizes) {
    return at::empty_symint(sizes, means.options());
  };
  const bool kept =
      given.max_bytes == 0 ||
      lgm::MemoryPlan::keeps(samples.guard_int(__FILE__, __LINE__),
                             classes.guard_int(__FILE__, __LINE__),
                             static_cast<int64_t>(means.element_size()), given.max_bytes);
  return {make({samples}), at::empty_symint({samples}, given.labels.options()), make({samples, 2}),
          kept ? make({samples, classes}) : make({0})};
}

Tensors3 backward_shapes(const Tensor& /*grad_loss*/, const Arguments& given,
                         const Saved& /*saved*/, bool of_classes) {
  const auto like = [](const Tensor& t) { return at::empty_symint(t.sym_sizes(), t.options()); };
  const auto of_class = [&](const Tensor& t) {
    return of_classes ? like(t) : at::empty({0}, t.options());
  };
  return {like(given.features), of_class(given.means), of_class(given.log_variances)};
}

Tensor distances_shape(const Arguments& given) {
  return at::empty_symint({given.features.sym_size(0), given.means.sym_size(0)},
                          given.means.options());
}

}  // namespace

TORCH_LIBRARY(lgm, library) {
  library.def(
      "loss(Tensor features, Tensor means, Tensor log_variances, Tensor log_priors, Tensor labels, "
      "float alpha, float lambda_, int max_bytes=0) -> (Tensor loss, Tensor predicted)");
  // lambda is a keyword of Python.
  // Saved says what other_classes and posteriors are. Without of_classes the gradients of means and
  // log-variances are empty.
  library.def(
      "loss_forward(Tensor features, Tensor means, Tensor log_variances, Tensor log_priors, "
      "Tensor labels, float alpha, float lambda_, int max_bytes=0) -> (Tensor loss, "
      "Tensor predicted, Tensor other_classes, Tensor posteriors)");
  library.def(
      "loss_backward(Tensor grad_loss, Tensor features, Tensor means, Tensor log_variances, "
      "Tensor log_priors, Tensor labels, Tensor other_classes, Tensor posteriors, float alpha, "
      "float lambda_, int max_bytes=0, bool of_classes=True) -> (Tensor grad_features, "
      "Tensor grad_means, Tensor grad_log_variances)");
  library.def("distances(Tensor features, Tensor means, Tensor log_variances) -> Tensor");
}

TORCH_LIBRARY_IMPL(lgm, CompositeExplicitAutograd, library) {
  library.impl("loss", lgm::listed<loss_without_autograd>());
}
TORCH_LIBRARY_IMPL(lgm, Autograd, library) {
  library.impl("loss", lgm::listed<loss_autograd>());
}
TORCH_LIBRARY_IMPL(lgm, AutocastCPU, library) {
  library.impl("loss", lgm::listed<loss_autocast>());
}
TORCH_LIBRARY_IMPL(lgm, AutocastCUDA, library) {
  library.impl("loss", lgm::listed<loss_autocast>());
}

TORCH_LIBRARY_IMPL(lgm, Meta, library) {
  library.impl("loss_forward", lgm::listed<forward_shapes>());
  library.impl("loss_backward", lgm::listed_backward<backward_shapes>());
  library.impl("distances", lgm::listed_distances<distances_shape>());
}

LgmLossOutput lgm_loss(const lgm::Arguments& arguments) {
  auto [loss, predicted] = call_loss(arguments);
  return {loss, predicted};
}

Tensor mahalanobis_distances(const Tensor& features, const Tensor& means,
                             const Tensor& log_variances) {
  static const auto op =
      operator_named<Tensor(const Tensor&, const Tensor&, const Tensor&)>("lgm::distances");
  return op.call(features.detach(), means.detach(), log_variances.detach());
}

}  // namespace gmtrain
