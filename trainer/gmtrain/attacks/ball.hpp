// SPDX-License-Identifier: Apache-2.0
// The images that an attack may make of an image: a ball around it, within the pixel range.
#pragma once

#include <torch/types.h>

#include <vector>

#include "gmtrain/attacks/attack.hpp"

namespace gmtrain {

constexpr double kPixelRange = 255;

/// Balls around a batch of images. What it returns is float32 pixels in [0,255], and no further
/// from the clean images than the bound, rounding included.
class Ball {
 public:
  /// @param clean [N,C,H,W], whole numbers 0..255
  /// @param epsilon in units of the pixel range: greatest change of a pixel (inf) or the length of
  ///                the change of all pixels together (two)
  Ball(const torch::Tensor& clean, Norm norm, double epsilon);

  const torch::Tensor& center() const { return clean_; }

  /// A step of the given length (in the ball's norm, units of the pixel range) in the direction in
  /// which a function with this gradient grows fastest, and back into the ball.
  torch::Tensor ascend(const torch::Tensor& images, const torch::Tensor& gradient,
                       double length) const;

  /// A point of each ball, drawn by seed, image number and attempt alone: uniformly from a ball in
  /// the maximum norm; in a uniform direction otherwise, uniformly by volume.
  torch::Tensor random_point(int64_t seed, const std::vector<int64_t>& numbers,
                             int64_t attempt) const;

 private:
  torch::Tensor project(const torch::Tensor& images) const;

  torch::Tensor clean_;  ///< float32
  Norm norm_;
  double radius_;  ///< in pixel values
};

/// Rounds towards the clean image, so that the 8-bit image is within the same bound.
/// @return uint8
torch::Tensor to_pixels(const torch::Tensor& adversarial, const torch::Tensor& clean);

}  // namespace gmtrain
