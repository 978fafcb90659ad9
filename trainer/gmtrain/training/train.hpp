// SPDX-License-Identifier: Apache-2.0
// The training loop.
#pragma once

#include <functional>

#include "core/recipe/recipe.hpp"
#include "gmtrain/run.hpp"
#include "gmtrain/training/optimizer.hpp"
#include "gmtrain/training/schedule.hpp"

namespace gmtrain {

/// The tables [train] and [optimizer] of a recipe, and what [network] says of its training.
struct TrainOptions {
  int64_t epochs, batch_size, seed;
  int64_t frozen_epochs;   ///< the first, in which the network stays as it is
  bool frozen_statistics;  ///< whether batch norm and dropout are as in evaluation throughout
  LearningRate learning_rate;
  OptimizerOptions optimizer;
  double clip_norm;
  bool tf32;

  static TrainOptions read(Recipe& recipe);
};

/// Trains what the recipe describes and leaves recipe, checkpoint, metrics and TensorBoard events
/// in the folder. With `resume` it goes on from the folder's checkpoint, to the same result as a
/// training that was never interrupted. `after_epoch` is called once an epoch's checkpoint stands.
/// @throws RecipeError, std::runtime_error (data, files; another command at work in the folder),
///         TrainingError (collapse, non-finite loss), Interrupted after the step in which SIGINT or
///         SIGTERM came
void train(Recipe& recipe, const RunFolder& folder, bool resume,
           const std::function<void(int64_t epochs_done)>& after_epoch = {});

}  // namespace gmtrain
