#include "gmtrain/attacks/search.hpp"

namespace gmtrain {

using torch::Tensor;

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

}  // namespace gmtrain
