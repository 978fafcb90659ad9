// SPDX-License-Identifier: Apache-2.0
// Random heads for given features, and what they must answer, in plain float64.
#pragma once

#include <torch/types.h>

#include <array>
#include <string>
#include <vector>

#include "core/onnx/gm_head.hpp"

namespace gmtrain::test {

enum class Variances { identity, shared, isotropic, diagonal };
enum class CalibrationKind { none, shared, by_class, by_distance };

struct HeadCase {
  std::string name;
  int64_t classes;
  Variances variances;
  CalibrationKind calibration;
  double spread;  ///< of the means around the features, in standard deviations of the features
};

/// @param features [N,D] that the means are drawn around and the calibration is taken from
GmHead random_head(const HeadCase& head, const torch::Tensor& features,
                   const std::array<int64_t, 3>& input_shape);

/// What runtimes may differ by, relative to the value.
inline constexpr double kTolerance = 1e-4;

/// The six outputs, float64, in the operator's order: [N,K], then [N,1] each.
struct HeadOutputs {
  std::array<torch::Tensor, 6> values;
  /// [N,1]: by what the p-value moves if what is ranked moves within kTolerance of itself.
  torch::Tensor p_value_slack;
  torch::Tensor features;  ///< [N,D] float64, that they are of
};
inline constexpr std::array<const char*, 6> kOutputNames = {
    "prob", "log_likelihood", "log_density", "distance", "p_value", "class"};

/// The definitions of the operator, term by term, on features [N,D].
HeadOutputs reference_outputs(const GmHead& head, const torch::Tensor& features);

}  // namespace gmtrain::test
