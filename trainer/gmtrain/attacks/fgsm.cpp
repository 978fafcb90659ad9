#include "gmtrain/attacks/fgsm.hpp"

#include <fmt/format.h>
#include <torch/autograd.h>

namespace gmtrain {
namespace {

using torch::Tensor;

constexpr double kPixelRange = 255;

/// sign(grad_I loss(features(I))) for a loss of each sample.
///
/// A confident classifier's loss gradient is smaller than float32 can hold (1 - p is below 1e-38),
/// and its sign would be lost. Since a sample's sign does not depend on the scale of its loss, the
/// loss is differentiated by the features in float64 and each row brought to size 1 before it goes
/// back through the network.
Tensor gradient_sign(Model& model, const Tensor& pixels,
                     const std::function<Tensor(const Tensor& features)>& loss) {
  const Tensor images = pixels.to(torch::kFloat).requires_grad_(true);
  const Tensor features = model.features(images);
  const Tensor leaf = features.detach().to(torch::kDouble).requires_grad_(true);
  Tensor direction = torch::autograd::grad({loss(leaf).sum()}, {leaf})[0];
  direction = direction / direction.abs().amax(1, true).clamp_min(1e-300);
  return torch::autograd::grad({features}, {images}, {direction.to(torch::kFloat)})[0].sign();
}

Tensor step(const Tensor& pixels, const Tensor& sign, double epsilon) {
  return (pixels.to(torch::kFloat) + epsilon * kPixelRange * sign).clamp(0, kPixelRange);
}

std::string numbered(const std::string& name, double epsilon) {
  return fmt::format("{}_{}", name, epsilon);
}

}  // namespace

Tensor fgsm(Model& model, const Batch& batch, double epsilon) {
  return step(batch.images,
              gradient_sign(model, batch.images,
                            [&](const Tensor& features) {
                              return model.loss().classification_loss(
                                  features, batch.labels.to(features.device()));
                            }),
              epsilon);
}

Tensor targeted_fgsm(Model& model, const Batch& batch, double epsilon) {
  const auto posterior = model.loss().score(model.features(batch.images).detach()).log_posterior;
  TORCH_CHECK(posterior.size(1) > 1, "targeted FGSM needs a second class");
  const Tensor target = std::get<1>(posterior.topk(2, 1)).select(1, 1).contiguous();
  return step(batch.images,
              gradient_sign(model, batch.images,
                            [&](const Tensor& features) {
                              return model.loss().total_loss(features, target);
                            }),
              -epsilon);
}

std::vector<Attack> paper_attacks() {
  std::vector<Attack> attacks;
  for (const double epsilon : {0.1, 0.2, 0.3}) {
    attacks.push_back({numbered("fgsm", epsilon), [epsilon](Model& model, const Batch& batch) {
                         return fgsm(model, batch, epsilon);
                       }});
  }
  attacks.push_back({numbered("targeted_fgsm", 0.3), [](Model& model, const Batch& batch) {
                       return targeted_fgsm(model, batch, 0.3);
                     }});
  return attacks;
}

Tensor to_pixels(const Tensor& adversarial, const Tensor& clean) {
  const Tensor original = clean.to(torch::kFloat);
  return (original + (adversarial - original).trunc()).clamp(0, kPixelRange).to(torch::kByte);
}

}  // namespace gmtrain
