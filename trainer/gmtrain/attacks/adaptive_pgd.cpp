// PGD by one who knows of the detector: raises the likelihood of a wrong class t together with its
// posterior, log l_t(I) - L_cls(I, t). Of all points on all walks that are misclassified, the one
// with the highest likelihood under the model is kept.
#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/attacks/search.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

class AdaptivePgd final : public Attack {
 public:
  AdaptivePgd(double epsilon, const PgdOptions& options) : epsilon_(epsilon), options_(options) {}

  bool is_iterative() const override { return true; }

  Tensor run(Model& model, const Batch& batch, const Calibration* /*calibration*/) const override {
    const Ball ball(batch.images.to(compute_device()), options_.norm, epsilon_);
    const Tensor labels = batch.labels.to(compute_device());
    const Tensor targets = wrong_classes(model, ball.center(), labels);
    Search search(model, ball, epsilon_, options_);
    for (int64_t attempt = 0; attempt < options_.restarts; ++attempt) {
      const Tensor target = targets.select(1, attempt % targets.size(1)).contiguous();
      search.walk(
          start_of(ball, options_, batch, attempt),
          [&](const Tensor& features) {
            return model.loss().log_likelihood(features, target) -
                   model.loss().classification_loss(features, target);
          },
          [&](const Tensor& features) {
            return merit_if_wrong(model, features, labels,
                                  [](const Scores& scores) { return scores.log_likelihood; });
          });
    }
    return search.best();
  }

 private:
  double epsilon_;
  PgdOptions options_;
};

}  // namespace

std::shared_ptr<const Attack> make_adaptive_pgd(double epsilon, const PgdOptions& options) {
  return std::make_shared<AdaptivePgd>(epsilon, options);
}

}  // namespace gmtrain
