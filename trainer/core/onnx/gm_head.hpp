// The constants and attributes of the operator dnn_gm.GMHead, as doc/operator.md lays it down.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gmtrain {

/// A Gaussian mixture over features, K classes in D dimensions, and what an application needs to
/// know of the model. Tensors are row-major.
struct GmHead {
  int64_t classes = 0;    ///< K
  int64_t dimension = 0;  ///< D

  std::vector<float> means;                            ///< [K,D]
  std::vector<float> log_variances;                    ///< of shape log_variances_shape
  std::array<int64_t, 2> log_variances_shape{{1, 1}};  ///< [K,D], [K,1] or [1,1]
  std::vector<float> log_priors;                       ///< [K]

  /// Squared Mahalanobis distances of clean held-out samples to their predicted class, each row
  /// ascending and filled up with NaN.
  std::vector<float> calibration;
  std::array<int64_t, 2> calibration_shape{{1, 0}};  ///< [1,Q] or [K,Q]; Q = 0: not calibrated

  std::vector<std::string> labels;  ///< K names, of one line each
  float accept_rate = 0.99F;        ///< share of clean inputs to accept, in (0,1]
  int64_t input_height = 0;         ///< pixels
  int64_t input_width = 0;
  int64_t input_channels = 0;  ///< 1 or 3
  std::string channel_order;   ///< "GRAY" or "BGR"
  std::string calibrated_on;   ///< in words; may be empty
};

/// @throws std::invalid_argument naming the field, what was expected and what was found
void check(const GmHead& head);

}  // namespace gmtrain
