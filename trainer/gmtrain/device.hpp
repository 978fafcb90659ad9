// SPDX-License-Identifier: Apache-2.0
// What the program computes on.
#pragma once

#include <torch/types.h>

#include <string>

namespace gmtrain {

/// Models are made and run here: the CPU unless use_device() has said otherwise.
torch::Device compute_device();

/// On a GPU, LibTorch is told to give the same bits from run to run where it can, and to round to
/// float32, as OpenCV does, not to the 10 bits of TF32: p-values would not be those of the
/// application.
/// @param name "cpu" or "cuda", the current GPU
/// @throws std::runtime_error saying what is missing: the program's CUDA half, or a GPU
void use_device(const std::string& name);

/// While it lives, products on a GPU may be rounded to TF32, if it is `allowed`.
class Tf32 {
 public:
  explicit Tf32(bool allowed);
  ~Tf32();
  Tf32(const Tf32&) = delete;
  Tf32& operator=(const Tf32&) = delete;
};

}  // namespace gmtrain
