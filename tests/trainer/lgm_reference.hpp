// SPDX-License-Identifier: Apache-2.0
// The L-GM loss as plain tensor formulas, differentiable by autograd: what the operator is held to.
#pragma once

#include <torch/torch.h>

#include <ostream>
#include <string>

#include "dnn_gm/src/covariance.hpp"

namespace gmtrain::test {

using cv::dnn_gm::Covariance;

/// One problem for accuracy and gradient alike.
struct LgmCase {
  int64_t samples, classes, dimension;
  Covariance covariance;
  double alpha, lambda;
  double spread = 1;  ///< standard deviation of features and means
  bool uniform_priors = true;
  bool absent_classes = false;  ///< all labels are class 0

  friend std::ostream& operator<<(std::ostream& out, const LgmCase& c) {
    return out << "N=" << c.samples << " K=" << c.classes << " D=" << c.dimension
               << " covariance=" << nameOf(c.covariance) << " alpha=" << c.alpha
               << " lambda=" << c.lambda << " spread=" << c.spread
               << " uniform=" << c.uniform_priors << " absent=" << c.absent_classes;
  }
};

struct LgmInputs {
  torch::Tensor features, means, log_variances, log_priors, labels;

  LgmInputs to(torch::ScalarType type) const {
    const auto leaf = [&](const torch::Tensor& t) {
      return t.detach().to(type, false, true).requires_grad_(true);
    };
    return {leaf(features), leaf(means), leaf(log_variances), log_priors.to(type), labels};
  }
};

/// Random float64 inputs; LibTorch's generator is seeded by the caller.
inline LgmInputs make_inputs(const LgmCase& c) {
  const auto options = torch::TensorOptions(torch::kDouble);
  LgmInputs in;
  in.features = torch::randn({c.samples, c.dimension}, options) * c.spread;
  in.means = torch::randn({c.classes, c.dimension}, options) * c.spread;
  in.log_variances = torch::zeros({1, 1}, options);
  if (c.covariance != Covariance::shared) {
    in.log_variances =
        0.5 * torch::randn({c.classes, logVarianceColumns(c.covariance, c.dimension)}, options);
  }
  in.log_priors = c.uniform_priors ? torch::full({c.classes}, -std::log(double(c.classes)), options)
                                   : torch::randn({c.classes}, options).log_softmax(0);
  in.labels = c.absent_classes ? torch::zeros({c.samples}, torch::kLong)
                               : torch::randint(c.classes, {c.samples}, torch::kLong);
  return in.to(torch::kDouble);
}

/// Eq. 17, each sample's, straight from the paper: [N].
inline torch::Tensor plain_lgm_loss(const LgmInputs& in, double alpha, double lambda) {
  const auto difference = in.features.unsqueeze(1) - in.means.unsqueeze(0);
  const auto variances = in.log_variances.exp();
  const auto distances = 0.5 * (difference.square() / variances.unsqueeze(0)).sum(2);
  const auto half_log_dets =
      0.5 * in.log_variances.expand({in.means.size(0), in.means.size(1)}).sum(1);
  const auto own = torch::one_hot(in.labels, in.means.size(0)).to(distances.scalar_type());
  const auto logits = in.log_priors - half_log_dets - distances * (1 + alpha * own);
  const auto own_column = in.labels.unsqueeze(1);
  const auto classification = -logits.log_softmax(1).gather(1, own_column).squeeze(1);
  const auto likelihood =
      distances.gather(1, own_column).squeeze(1) + half_log_dets.index({in.labels});
  return classification + lambda * likelihood;
}

/// Largest deviation relative to the expected tensor's largest element.
inline double relative_error(const torch::Tensor& actual, const torch::Tensor& expected) {
  if (expected.numel() == 0) return 0;
  const auto reference = expected.detach().to(torch::kDouble);
  const double scale = std::max(reference.abs().max().item<double>(), 1e-300);
  return (actual.detach().to(torch::kDouble) - reference).abs().max().item<double>() / scale;
}

}  // namespace gmtrain::test
