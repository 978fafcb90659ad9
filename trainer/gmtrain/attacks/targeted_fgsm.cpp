// SPDX-License-Identifier: Apache-2.0
// Targeted FGSM (Sect. 4.3 of the paper): I - epsilon sign(grad_I L_GM(I, z~)), z~ the class with
// the second largest posterior.
#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/attacks/gradient_ascent.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

class TargetedFgsm final : public Attack {
 public:
  explicit TargetedFgsm(double epsilon) : epsilon_(epsilon) {}

  Tensor run(Model& model, const Batch& batch, const Calibration* /*calibration*/) const override {
    const Ball ball(batch.images.to(compute_device()), Norm::inf, epsilon_);
    const auto gradient =
        image_gradient(model, ball.center(), [&](const Tensor& features) {
          const Tensor posterior = model.loss().score(features.detach()).log_posterior;
          TORCH_CHECK(posterior.size(1) > 1, "targeted FGSM needs a second class");
          const Tensor second = std::get<1>(posterior.topk(2, 1)).select(1, 1).contiguous();
          return -model.loss().total_loss(features, second);
        }).gradient;
    return ball.ascend(ball.center(), gradient, epsilon_);
  }

 private:
  double epsilon_;
};

std::shared_ptr<const Attack> make_targeted_fgsm(double epsilon, const PgdOptions& /*options*/) {
  return std::make_shared<TargetedFgsm>(epsilon);
}

const Registered<AttackFactory> registered_targeted_fgsm("targeted_fgsm", make_targeted_fgsm);

}  // namespace
}  // namespace gmtrain
