// SPDX-License-Identifier: Apache-2.0
// A graph and a head that fit each other, small enough to be checked by eye.
#pragma once

#include <cmath>
#include <limits>

#include "core/onnx/gm_head.hpp"
#include "core/onnx/graph.hpp"

namespace gmtrain::test {

/// Scaled pixels of 2x3 images, flattened.
inline NetworkGraph small_graph() {
  NetworkGraph graph;
  graph.input_shape = {1, 2, 3};
  graph.output = "features";
  graph.output_dimension = 6;
  graph.nodes = {{"Mul", "scaling", {"image", "scale"}, "scaled", {}},
                 {"Flatten", "flattening", {"scaled"}, "features", {{"axis", int64_t{1}}}}};
  graph.constants["scale"] = {{1}, std::vector<float>{0.5F}};
  return graph;
}

/// Two classes, calibrated by class with tables of 3 and 2 samples.
inline GmHead small_head() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  GmHead head;
  head.classes = 2;
  head.dimension = 6;
  head.means = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  head.log_variances = {0.5F, -0.5F};
  head.log_variances_shape = {2, 1};
  head.log_priors = {std::log(0.25F), std::log(0.75F)};
  head.calibration = {1, 2, 3, -5, -4, -3, 2, 4, 9, 1, 2, nan, -3, -1, nan, 3, 6, nan};
  head.calibration_shape = {2, 3, 3};
  head.labels = {"cat", "a dog"};
  head.accept_rate = 0.95F;
  head.preparation.inputSize = {3, 2};
  head.preparation.resizeSize = {4, 2};
  head.preparation.resizeMode = "crop_center";
  head.preparation.channelOrder = "GRAY";
  head.calibrated_on = "5 held-out images";
  head.pictures = PictureRanges{{20, 30}, {40, 40}, {10, 20}, {5, 60}};
  head.risks = {0.01F, 0.05F};
  head.risk_confidences = {1, 0.75F};
  return head;
}

/// A predicate for BOOST_CHECK_EXCEPTION: the message holds `part`.
inline auto says(const std::string& part) {
  return [part](const std::exception& error) {
    return std::string(error.what()).find(part) != std::string::npos;
  };
}

}  // namespace gmtrain::test
