// SPDX-License-Identifier: Apache-2.0
// What steps are taken by.
#pragma once

#include <torch/optim/optimizer.h>

#include <memory>
#include <string>

#include "core/recipe/recipe.hpp"
#include "gmtrain/model.hpp"

namespace gmtrain {

/// What the table [optimizer] of a recipe says of the steps; their length is LearningRate's.
struct OptimizerOptions {
  std::string name;                ///< "sgd" or "adamw"
  double momentum = 0;             ///< of sgd, as the next
  bool nesterov = false;           ///< Nesterov's momentum
  double beta1 = 0, beta2 = 0;     ///< of adamw, as the next
  double epsilon = 0;              ///< beside the root of the mean squared gradient
  double weight_decay = 0;         ///< of the network
  double network_rate_factor = 1;  ///< learning rate of the network relative to the recipe's

  /// @throws RecipeError
  static OptimizerOptions read(Recipe& recipe);
};

/// The network's parameters are its first group, those of the loss the others. Parameters without a
/// gradient, as those of a frozen network, are left as they are.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(Model& model,
                                                        const OptimizerOptions& options);

/// @param rate of the recipe's schedule; each group has its factor of it
void set_learning_rate(torch::optim::Optimizer& optimizer, const OptimizerOptions& options,
                       Loss& loss, double rate);

}  // namespace gmtrain
