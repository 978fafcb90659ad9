// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/attacks/gradient_ascent.hpp"

#include <torch/autograd.h>

#include "gmtrain/device.hpp"

namespace gmtrain {

using torch::Tensor;

namespace {

/// [N,K-1]: the classes that each image is not of, those with the largest posteriors first.
Tensor wrong_classes(Model& model, const Tensor& images, const Tensor& labels) {
  torch::NoGradGuard no_grad;
  const Tensor posterior = model.loss().score(model.features(images)).log_posterior;
  TORCH_CHECK(posterior.size(1) > 1, "adaptive attacks need a second class");
  const Tensor others = posterior.scatter(1, labels.unsqueeze(1), -INFINITY);
  return others.argsort(true, 1, true).slice(1, 0, posterior.size(1) - 1);
}

/// [N]: `merit` where the class is wrong; below it where the class is right, and the higher the
/// less the right class is believed in.
Tensor merit_if_wrong(Model& model, const Tensor& features, const Tensor& labels,
                      const std::function<Tensor(const Scores&)>& merit) {
  constexpr double kBelowAll = -1e12;
  torch::NoGradGuard no_grad;
  const auto scores = model.loss().score(features);
  const Tensor loss = model.loss().classification_loss(features, labels);
  return torch::where(scores.predicted.ne(labels), merit(scores), loss + kBelowAll);
}

}  // namespace

void Search::walk(const Tensor& start, const Objective& objective, const Objective& merit) {
  const double step = options_.step_size > 0 ? options_.step_size
                                             : 2.5 * epsilon_ / static_cast<double>(options_.steps);
  Tensor images = start;
  for (int64_t i = 0; i < options_.steps; ++i) {
    const auto [features, gradient] = image_gradient(model_, images, objective);
    remember(images, merit(features));
    images = ball_.ascend(images, gradient, step);
  }
  torch::NoGradGuard no_grad;
  remember(images, merit(model_.features(images).to(torch::kDouble)));
}

void Search::remember(const Tensor& images, const Tensor& merit) {
  if (!best_.defined()) {
    best_ = images;
    best_merit_ = merit;
    return;
  }
  const Tensor better = merit.gt(best_merit_);
  best_ = torch::where(better.view({-1, 1, 1, 1}), images, best_);
  best_merit_ = torch::where(better, merit, best_merit_);
}

Tensor start_of(const Ball& ball, const PgdOptions& options, const Batch& batch, int64_t attempt) {
  return options.random_start ? ball.random_point(options.seed, batch.indices, attempt)
                              : ball.center();
}

Tensor search_wrong_classes(Model& model, const Batch& batch, double epsilon,
                            const PgdOptions& options,
                            const std::function<Tensor(const Tensor&, const Tensor&)>& objective,
                            const std::function<Tensor(const Scores&)>& merit) {
  const Ball ball(batch.images.to(compute_device()), options.norm, epsilon);
  const Tensor labels = batch.labels.to(compute_device());
  const Tensor targets = wrong_classes(model, ball.center(), labels);
  Search search(model, ball, epsilon, options);
  for (int64_t attempt = 0; attempt < options.restarts; ++attempt) {
    const Tensor target = targets.select(1, attempt % targets.size(1)).contiguous();
    search.walk(
        start_of(ball, options, batch, attempt),
        [&](const Tensor& features) { return objective(features, target); },
        [&](const Tensor& features) { return merit_if_wrong(model, features, labels, merit); });
  }
  return search.best();
}

using torch::Tensor;

ImageGradient image_gradient(Model& model, const Tensor& images, const Objective& objective) {
  torch::AutoGradMode with_gradients(true);
  const Tensor leaf = images.detach().requires_grad_(true);
  const Tensor features = model.features(leaf);
  const Tensor wide = features.detach().to(torch::kDouble).requires_grad_(true);
  Tensor direction = torch::autograd::grad({objective(wide).sum()}, {wide})[0];
  direction = direction / direction.abs().amax(1, true).clamp_min(1e-300);
  const Tensor gradient =
      torch::autograd::grad({features}, {leaf}, {direction.to(torch::kFloat)})[0];
  return {wide.detach(), gradient};
}

}  // namespace gmtrain
