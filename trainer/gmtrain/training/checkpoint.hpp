// SPDX-License-Identifier: Apache-2.0
// The state of a training between two epochs.
#pragma once

#include <torch/optim/optimizer.h>

#include <filesystem>

#include "gmtrain/model.hpp"

namespace gmtrain {

struct Progress {
  int64_t epochs_done = 0;
  int64_t epochs = 0;
  int64_t training_set = 0;  ///< a number that tells it from others; 0 is not known
};

/// Replaces `file` in one step: a crash leaves the old checkpoint or the new one.
void save_checkpoint(const std::filesystem::path& file, const Model& model,
                     const torch::optim::Optimizer& optimizer, const Progress& progress);

/// @param optimizer may be null where only the model is wanted
/// @throws std::runtime_error naming the file where it is missing, broken or of another model
Progress load_checkpoint(const std::filesystem::path& file, Model& model,
                         torch::optim::Optimizer* optimizer);

}  // namespace gmtrain
