// What the program computes on.
#pragma once

#include <torch/types.h>

#include <string>

namespace gmtrain {

/// Models are made and run here: the CPU unless use_device() has said otherwise.
torch::Device compute_device();

/// @param name "cpu" or "cuda", the current GPU
/// @throws std::runtime_error saying what is missing: the program's CUDA half, or a GPU
void use_device(const std::string& name);

}  // namespace gmtrain
