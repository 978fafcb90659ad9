// SPDX-License-Identifier: Apache-2.0
// The state of a training between two epochs: a safetensors file, which holds named tensors and
// strings and nothing that could run. Its last tensor is a checksum of all before.
#pragma once

#include <torch/optim/optimizer.h>

#include <filesystem>
#include <string>

#include "gmtrain/model.hpp"
#include "gmtrain/training/origin.hpp"

namespace gmtrain {

struct Progress {
  int64_t epochs_done = 0;
  int64_t epochs = 0;
  Origin origin = {};
  /// SHA-256 of the checkpoint that was read, which tells it from every other; not for saving.
  std::string checksum = {};
};

/// Replaces `file` in one step: a crash leaves the old checkpoint or the new one. Of the optimizer
/// it keeps what steps have left, not its options, which the recipe has.
void save_checkpoint(const std::filesystem::path& file, const Model& model,
                     const torch::optim::Optimizer& optimizer, const Progress& progress);

/// @param optimizer may be null where only the model is wanted
/// @throws std::runtime_error naming the file where it is missing, broken, of another model or of
///         an earlier gmtrain, whose checkpoints could hold code
Progress load_checkpoint(const std::filesystem::path& file, Model& model,
                         torch::optim::Optimizer* optimizer);

}  // namespace gmtrain
