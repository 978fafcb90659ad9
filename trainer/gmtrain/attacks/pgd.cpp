// SPDX-License-Identifier: Apache-2.0
// Projected gradient descent (Madry et al., ICLR 2018) on L_cls(I, z), z the true label. Of all
// points on all walks the one with the largest loss is kept.
#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/attacks/gradient_ascent.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {
namespace {

class Pgd final : public Attack {
 public:
  Pgd(double epsilon, const PgdOptions& options) : epsilon_(epsilon), options_(options) {}

  bool is_iterative() const override { return true; }

  torch::Tensor run(Model& model, const Batch& batch,
                    const Calibration* /*calibration*/) const override {
    const Ball ball(batch.images.to(compute_device()), options_.norm, epsilon_);
    const auto labels = batch.labels.to(compute_device());
    const auto loss = [&](const torch::Tensor& features) {
      return model.loss().classification_loss(features, labels);
    };
    const auto merit = [&](const torch::Tensor& features) {
      torch::NoGradGuard no_grad;
      return loss(features);
    };
    Search search(model, ball, epsilon_, options_);
    for (int64_t attempt = 0; attempt < options_.restarts; ++attempt) {
      search.walk(start_of(ball, options_, batch, attempt), loss, merit);
    }
    return search.best();
  }

 private:
  double epsilon_;
  PgdOptions options_;
};

std::shared_ptr<const Attack> make_pgd(double epsilon, const PgdOptions& options) {
  return std::make_shared<Pgd>(epsilon, options);
}

const Registered<AttackFactory> registered_pgd("pgd", make_pgd);

}  // namespace
}  // namespace gmtrain
