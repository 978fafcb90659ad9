#include "trainer/export_heads.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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

/// Rows of unequal length, filled up with NaN.
void set_calibration(GmHead& head, std::vector<std::vector<float>> rows) {
  size_t columns = 0;
  for (auto& row : rows) {
    std::sort(row.begin(), row.end());
    columns = std::max(columns, row.size());
  }
  head.calibration.clear();
  for (auto& row : rows) {
    row.resize(columns, std::numeric_limits<float>::quiet_NaN());
    head.calibration.insert(head.calibration.end(), row.begin(), row.end());
  }
  head.calibration_shape = {static_cast<int64_t>(rows.size()), static_cast<int64_t>(columns)};
}

std::vector<int64_t> log_variances_shape(Covariance covariance, int64_t K, int64_t D) {
  switch (covariance) {
    case Covariance::isotropic:
      return {K, 1};
    case Covariance::diagonal:
      return {K, D};
    default:
      return {1, 1};
  }
}

struct Joint {
  torch::Tensor distances;    ///< [N,K] squared Mahalanobis
  torch::Tensor log_normals;  ///< [N,K] log N(x; mu_k, Lambda_k)
  torch::Tensor log_joint;    ///< [N,K] with the log priors
  torch::Tensor predicted;    ///< [N,1]
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
  return joint;
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
  const auto shape = log_variances_shape(wanted.covariance, K, D);
  head.log_variances_shape = {shape[0], shape[1]};
  head.log_variances = values_of(wanted.covariance == Covariance::identity
                                     ? torch::zeros(shape)
                                     : 2 * std::log(deviation) + torch::randn(shape));
  head.log_priors = values_of(torch::randn({K}, torch::kDouble).log_softmax(0));
  for (int64_t k = 0; k < K; ++k) head.labels.push_back("class " + std::to_string(k));
  head.input_channels = input_shape[0];
  head.input_height = input_shape[1];
  head.input_width = input_shape[2];
  head.channel_order = input_shape[0] == 1 ? "GRAY" : "BGR";
  head.calibrated_on = "random images";

  if (wanted.calibration == CalibrationKind::none) return head;
  const bool by_class = wanted.calibration == CalibrationKind::by_class;
  const Joint joint = joint_of(head, features);
  const auto distances = joint.distances.gather(1, joint.predicted);
  std::vector<std::vector<float>> rows(by_class ? static_cast<size_t>(K) : 1);
  for (int64_t n = 0; n < x.size(0); ++n) {
    const auto row = by_class ? static_cast<size_t>(joint.predicted[n].item<int64_t>()) : 0;
    rows[row].push_back(static_cast<float>(distances[n].item<double>() * (0.503 + 0.01 * n)));
  }
  set_calibration(head, std::move(rows));
  return head;
}

HeadOutputs reference_outputs(const GmHead& head, const torch::Tensor& features) {
  const Joint joint = joint_of(head, features);
  const auto distance = joint.distances.gather(1, joint.predicted);

  const int64_t Q = head.calibration_shape[1];
  auto p_value = torch::ones_like(distance), slack = torch::ones_like(distance);
  for (int64_t n = 0; n < distance.size(0); ++n) {
    const int64_t row = head.calibration_shape[0] == 1 ? 0 : joint.predicted[n].item<int64_t>();
    const double d = distance[n].item<double>();
    int64_t counted = 0, beyond = 0, near = 0;
    for (int64_t q = 0; q < Q; ++q) {
      const double value = head.calibration[static_cast<size_t>(row * Q + q)];
      counted += std::isnan(value) ? 0 : 1;
      beyond += value >= d ? 1 : 0;
      near += std::abs(value - d) <= kTolerance * d ? 1 : 0;
    }
    const bool in_range = d < kLargest;
    p_value[n] = in_range ? (1.0 + beyond) / (1.0 + counted) : 0.0;
    slack[n] = near / (1.0 + counted);
  }
  return {{joint.log_joint.softmax(1), joint.log_normals.gather(1, joint.predicted),
           joint.log_joint.logsumexp(1, /*keepdim=*/true), distance, p_value},
          slack};
}

}  // namespace gmtrain::test
