// SPDX-License-Identifier: Apache-2.0
// PGD by one who knows of the detector: raises the likelihood of a wrong class t together with its
// posterior, log l_t(I) - L_cls(I, t). Of all points on all walks that are misclassified, the one
// with the highest likelihood under the model is kept.
#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/attacks/gradient_ascent.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

class AdaptivePgd final : public Attack {
 public:
  AdaptivePgd(double epsilon, const PgdOptions& options) : epsilon_(epsilon), options_(options) {}

  bool is_iterative() const override { return true; }

  Tensor run(Model& model, const Batch& batch, const Calibration* /*calibration*/) const override {
    return search_wrong_classes(
        model, batch, epsilon_, options_,
        [&](const Tensor& features, const Tensor& target) {
          return model.loss().log_likelihood(features, target) -
                 model.loss().classification_loss(features, target);
        },
        [](const Scores& scores) { return scores.log_likelihood; });
  }

 private:
  double epsilon_;
  PgdOptions options_;
};

std::shared_ptr<const Attack> make_adaptive_pgd(double epsilon, const PgdOptions& options) {
  return std::make_shared<AdaptivePgd>(epsilon, options);
}

const Registered<AttackFactory> registered_adaptive_pgd("adaptive_pgd", make_adaptive_pgd);

}  // namespace
}  // namespace gmtrain
