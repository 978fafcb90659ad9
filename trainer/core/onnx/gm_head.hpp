// SPDX-License-Identifier: Apache-2.0
// The constants and attributes of the operator dnn_gm.GMHead, as operator.md lays it down.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/dnn_gm.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/images/seen_pictures.hpp"

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

  /// Tables of what clean held-out samples were found to have; Calibration makes them.
  std::vector<float> calibration;
  std::array<int64_t, 3> calibration_shape{{1, 1, 0}};  ///< [R,3,Q] or [R,1,Q]; Q = 0: none

  std::vector<std::string> labels;           ///< K names, of one line each
  float accept_rate = 0.99F;                 ///< share of clean inputs to accept, in (0,1]
  cv::dnn_gm::ImagePreparation preparation;  ///< from a picture to the network's input
  std::string calibrated_on;                 ///< in words; may be empty
  std::optional<PictureRanges> pictures;     ///< of the calibration
  std::vector<float> risks;                  ///< ascending, in (0,1]
  std::vector<float> risk_confidences;       ///< a threshold of the posterior for each; 1: none
};

/// @throws std::invalid_argument naming the field, what was expected and what was found
void check(const GmHead& head);

}  // namespace gmtrain
