// SPDX-License-Identifier: Apache-2.0
// The fast gradient sign method (Goodfellow et al., ICLR 2015; Sect. 4.3 of the paper):
// I + epsilon sign(grad_I L_cls(I, z)), z the true label.
#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/attacks/gradient_ascent.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {
namespace {

class Fgsm final : public Attack {
 public:
  explicit Fgsm(double epsilon) : epsilon_(epsilon) {}

  torch::Tensor run(Model& model, const Batch& batch,
                    const Calibration* /*calibration*/) const override {
    const Ball ball(batch.images.to(compute_device()), Norm::inf, epsilon_);
    const auto labels = batch.labels.to(compute_device());
    const auto gradient = image_gradient(model, ball.center(), [&](const torch::Tensor& features) {
                            return model.loss().classification_loss(features, labels);
                          }).gradient;
    return ball.ascend(ball.center(), gradient, epsilon_);
  }

 private:
  double epsilon_;
};

std::shared_ptr<const Attack> make_fgsm(double epsilon, const PgdOptions& /*options*/) {
  return std::make_shared<Fgsm>(epsilon);
}

const Registered<AttackFactory> registered_fgsm("fgsm", make_fgsm);

}  // namespace
}  // namespace gmtrain
