#include "gmtrain/attacks/gradient.hpp"

#include <torch/autograd.h>

namespace gmtrain {

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
