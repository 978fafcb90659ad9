// SPDX-License-Identifier: Apache-2.0
#include "trainer/export_heads.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/calibration/calibration.hpp"

namespace gmtrain::test {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kFloat).contiguous();
  const float* data = values.const_data_ptr<float>();
  return {data, data + values.numel()};
}

torch::Tensor tensor_of(const std::vector<float>& values, std::vector<int64_t> shape) {
  return torch::tensor(values, torch::kFloat).reshape(shape).to(torch::kDouble);
}

std::vector<int64_t> log_variances_shape(Variances variances, int64_t K, int64_t D) {
  switch (variances) {
    case Variances::isotropic:
      return {K, 1};
    case Variances::diagonal:
      return {K, D};
    default:
      return {1, 1};
  }
}

struct Joint {
  torch::Tensor distances;      ///< [N,K] squared Mahalanobis
  torch::Tensor log_normals;    ///< [N,K] log N(x; mu_k, Lambda_k)
  torch::Tensor log_joint;      ///< [N,K] with the log priors
  torch::Tensor predicted;      ///< [N,1]
  torch::Tensor energy, doubt;  ///< [N,1]
};

Joint joint_of(const GmHead& head, const torch::Tensor& features) {
  const int64_t K = head.classes, D = head.dimension;
  const auto x = features.to(torch::kDouble).unsqueeze(1);
  const auto means = tensor_of(head.means, {K, D});
  const auto log_variances =
      tensor_of(head.log_variances, {head.log_variances_shape[0], head.log_variances_shape[1]})
          .expand({K, D});
  Joint joint;
  const auto distances = ((x - means).square() / log_variances.exp()).sum(2);
  joint.distances = torch::where(distances <= kLargest, distances, kLargest);  // NaN compares false
  joint.log_normals =
      -0.5 * (joint.distances + log_variances.sum(1) + D * std::log(2 * 3.14159265358979323846));
  joint.log_joint = joint.log_normals + tensor_of(head.log_priors, {K});
  joint.predicted = joint.log_joint.argmax(1, /*keepdim=*/true);
  const auto base = (joint.log_joint + 0.5 * joint.distances).amax();
  joint.energy = -2 * (joint.log_joint.logsumexp(1, /*keepdim=*/true) - base);
  const auto others = joint.log_joint.scatter(1, joint.predicted, -INFINITY);
  const auto doubt =
      others.logsumexp(1, /*keepdim=*/true) - joint.log_joint.gather(1, joint.predicted);
  joint.doubt = doubt.clamp_min(-kLargest);
  return joint;
}

/// By counting.
/// @param moved share by which the score differs
double p_value_of(const GmHead& head, int64_t predicted, double distance, double energy,
                  double doubt, double moved) {
  const auto [tables, lines, Q] = head.calibration_shape;
  const float* table = head.calibration.data() + (tables == 1 ? 0 : predicted * lines * Q);
  const auto at_least = [&, samples = Q](int64_t line, double value) {
    const float* first = table + line * samples;
    return static_cast<double>(
        std::count_if(first, first + samples, [=](float other) { return other >= value; }));
  };
  const double all = 1 + at_least(0, -kLargest);
  if (lines == 1) return (1 + at_least(0, distance)) / all;
  const double score =
      std::pow(all / (1 + at_least(0, energy)), 2.5) + std::pow(all / (1 + at_least(1, doubt)), 2);
  return (1 + at_least(2, score * (1 - 1e-6 + moved))) / all;
}

}  // namespace

GmHead random_head(const HeadCase& wanted, const torch::Tensor& features,
                   const std::array<int64_t, 3>& input_shape) {
  const int64_t K = wanted.classes, D = features.size(1);
  const auto x = features.to(torch::kDouble);
  const double deviation = x.std(0).mean().item<double>() + 1e-3;

  GmHead head;
  head.classes = K;
  head.dimension = D;
  const auto near = x.index_select(0, torch::randint(x.size(0), {K}));
  head.means = values_of(near + wanted.spread * deviation * torch::randn({K, D}, torch::kDouble));
  const auto shape = log_variances_shape(wanted.variances, K, D);
  head.log_variances_shape = {shape[0], shape[1]};
  head.log_variances = values_of(wanted.variances == Variances::identity
                                     ? torch::zeros(shape)
                                     : 2 * std::log(deviation) + torch::randn(shape));
  head.log_priors = values_of(torch::randn({K}, torch::kDouble).log_softmax(0));
  for (int64_t k = 0; k < K; ++k) head.labels.push_back("class " + std::to_string(k));
  head.preparation.inputSize = head.preparation.resizeSize =
      cv::Size(static_cast<int>(input_shape[2]), static_cast<int>(input_shape[1]));
  head.preparation.channelOrder = input_shape[0] == 1 ? "GRAY" : "BGR";
  head.calibrated_on = "random images";

  if (wanted.calibration == CalibrationKind::none) return head;
  const Joint joint = joint_of(head, features);
  std::vector<CalibrationSample> samples;
  for (int64_t n = 0; n < x.size(0); ++n) {
    const auto spread = [&](const torch::Tensor& values) {
      const double moved = values[n].item<double>() * (0.503 + 0.01 * static_cast<double>(n));
      return static_cast<float>(std::max(moved, -kLargest));  // of one class there is no doubt
    };
    samples.push_back({joint.predicted[n].item<int64_t>(),
                       spread(joint.distances.gather(1, joint.predicted)), spread(joint.energy),
                       spread(joint.doubt)});
  }
  Calibration::Options options;
  options.kind = wanted.calibration == CalibrationKind::by_class ? Calibration::Kind::per_class
                                                                 : Calibration::Kind::shared;
  options.by = wanted.calibration == CalibrationKind::by_distance
                   ? Calibration::By::distance
                   : Calibration::By::energy_and_doubt;
  options.class_images = 5;
  const auto calibration = Calibration::build(options, K, samples, head.calibrated_on);
  head.calibration = calibration.tables();
  head.calibration_shape = calibration.shape();
  return head;
}

HeadOutputs reference_outputs(const GmHead& head, const torch::Tensor& features) {
  // The score in float32: each quotient is rounded once (2^-24), which a power of 2.5 makes 2.5
  // times as large, the power and the sum round again, and the p-value's table is of float32
  // itself: up to 2.5 + 1 + 1 + 1 roundings, 8 at most. A sample that lies so near one of the table
  // may have either rank.
  constexpr double kRounding = 8 * 0x1p-24;
  const Joint joint = joint_of(head, features);
  const auto distance = joint.distances.gather(1, joint.predicted);
  auto p_value = torch::ones_like(distance), slack = torch::ones_like(distance);
  for (int64_t n = 0; n < distance.size(0); ++n) {
    const double d = distance[n].item<double>(), energy = joint.energy[n].item<double>(),
                 doubt = joint.doubt[n].item<double>();
    const int64_t predicted = joint.predicted[n].item<int64_t>();
    const auto p = [&](int sign) {
      // Logarithms are differences of terms as large as the distance.
      const double scale = std::max({1.0, d, std::abs(energy)}), moved = sign * kTolerance;
      return p_value_of(head, predicted, d * (1 + moved), energy + moved * scale,
                        doubt + moved * scale, sign * kRounding);
    };
    const bool in_range = d < kLargest;
    p_value[n] = in_range ? p(0) : 0.0;
    slack[n] = in_range ? p(-1) - p(1) : 0.0;
  }
  return {{joint.log_joint.softmax(1), joint.log_normals.gather(1, joint.predicted),
           joint.log_joint.logsumexp(1, /*keepdim=*/true), distance, p_value,
           joint.predicted.to(torch::kDouble)},
          slack,
          features.to(torch::kDouble)};
}

}  // namespace gmtrain::test
