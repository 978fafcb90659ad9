// SPDX-License-Identifier: Apache-2.0
// The large-margin softmax loss of Liu et al., ICML 2016. With theta the angle between x and w_z,
// the own class's affinity |w_z||x| cos(theta) becomes
//
//   |w_z||x| (lambda cos(theta) + psi(theta)) / (1 + lambda)
//   psi(theta) = (-1)^k cos(m theta) - 2k   where   k pi/m <= theta <= (k+1) pi/m
//
// with an integer margin m. psi falls over all of [0, pi]. lambda is annealed from so large that
// the loss is softmax to its final value. There is no bias.
#include <cmath>

#include "gmtrain/losses/affine.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

/// cos(m theta) of c = cos(theta), by Chebyshev's polynomials.
Tensor cosine_of_multiple(const Tensor& c, int64_t margin) {
  const Tensor square = c.square();
  switch (margin) {
    case 2:
      return 2 * square - 1;
    case 3:
      return c * (4 * square - 3);
    default:
      return 8 * square * (square - 1) + 1;
  }
}

Tensor psi(const Tensor& c, int64_t margin) {
  Tensor k = torch::zeros_like(c);
  for (int64_t j = 1; j < margin; ++j) {
    k += c.lt(std::cos(static_cast<double>(j) * M_PI / static_cast<double>(margin)));
  }
  const Tensor sign = 1 - 2 * k.remainder(2);
  return sign * cosine_of_multiple(c, margin) - 2 * k;
}

class LSoftmaxLoss final : public AffineLoss {
 public:
  LSoftmaxLoss(const LossShape& shape, int64_t margin, double first, double last, double duration)
      : AffineLoss(shape, false),
        margin_(margin),
        first_(first),
        last_(last),
        duration_(duration),
        annealing_(first) {}

  Value forward(const Tensor& features, const Tensor& labels) override {
    const Tensor plain = affinities(features);
    const Tensor column = labels.unsqueeze(1);
    const Tensor own = plain.gather(1, column).squeeze(1);
    const Tensor lengths =
        (features.norm(2, 1) * weight_.index_select(0, labels).norm(2, 1)).clamp_min(1e-12);
    const Tensor cosine = (own / lengths).clamp(-1, 1);
    const Tensor with_margin =
        (annealing_ * own + lengths * psi(cosine, margin_)) / (1 + annealing_);
    const Tensor logits = plain.scatter(1, column, with_margin.unsqueeze(1));
    return {torch::cross_entropy_loss(logits, labels), plain.argmax(1)};
  }

  void set_progress(double done) override {
    const double share = duration_ > 0 ? std::min(1.0, done / duration_) : 1.0;
    annealing_ = first_ * std::pow(last_ / first_, share);
  }

  std::vector<std::pair<std::string, double>> scalars() const override {
    return {{"annealing", annealing_}};
  }

 private:
  int64_t margin_;
  double first_, last_, duration_;
  double annealing_;  ///< lambda above
};

std::shared_ptr<Loss> make_l_softmax(Section options, const LossShape& shape) {
  const auto margin =
      options.get<int64_t>("margin", 2, "m of the large margin: 2, 3 or 4", between(2, 4));
  const double first = options.get<double>("annealing_start", 1000,
                                           "weight of plain softmax at the first step", above(0));
  const double last = options.get<double>(
      "annealing_end", 0.1, "weight of plain softmax at last, reached geometrically", above(0));
  const double duration = options.get<double>(
      "annealing_ramp", 0.5, "share of training over which it falls", between(0, 1));
  return std::make_shared<LSoftmaxLoss>(shape, margin, first, last, duration);
}

const Registered<LossFactory> registered_l_softmax("l_softmax", make_l_softmax);

}  // namespace
}  // namespace gmtrain
