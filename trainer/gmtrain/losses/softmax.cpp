// SPDX-License-Identifier: Apache-2.0
// The softmax loss (Eq. 1): the rival to all others.
#include "gmtrain/losses/affine.hpp"

namespace gmtrain {
namespace {

class SoftmaxLoss final : public AffineLoss {
 public:
  explicit SoftmaxLoss(const LossShape& shape) : AffineLoss(shape, true) {}

  Value forward(const torch::Tensor& features, const torch::Tensor& labels) override {
    const auto logits = affinities(features);
    return {torch::cross_entropy_loss(logits, labels), logits.argmax(1)};
  }
};

std::shared_ptr<Loss> make_softmax(Section /*options*/, const LossShape& shape) {
  return std::make_shared<SoftmaxLoss>(shape);
}

const Registered<LossFactory> registered_softmax("softmax", make_softmax);

}  // namespace
}  // namespace gmtrain
