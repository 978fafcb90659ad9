// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/optimizer.hpp"

#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

namespace gmtrain {
namespace {

torch::optim::SGDOptions sgd_options(const OptimizerOptions& options, double weight_decay) {
  return torch::optim::SGDOptions(0)
      .momentum(options.momentum)
      .nesterov(options.nesterov)
      .weight_decay(weight_decay);
}

torch::optim::AdamWOptions adamw_options(const OptimizerOptions& options, double weight_decay) {
  return torch::optim::AdamWOptions(0)
      .betas({options.beta1, options.beta2})
      .eps(options.epsilon)
      .weight_decay(weight_decay);
}

/// @param group_options of a group, given its weight decay
template <typename Optimizer, typename GroupOptions>
std::unique_ptr<torch::optim::Optimizer> optimizer_of(Model& model, double weight_decay,
                                                      const GroupOptions& group_options) {
  using Group = torch::optim::OptimizerParamGroup;
  const auto options_of = [&](bool decays) {
    return std::make_unique<std::decay_t<decltype(group_options(0.0))>>(
        group_options(decays ? weight_decay : 0));
  };
  std::vector<Group> groups;
  groups.emplace_back(model.network().parameters(), options_of(true));
  for (const auto& group : model.loss().parameter_groups()) {
    groups.emplace_back(group.parameters, options_of(group.weight_decay));
  }
  return std::make_unique<Optimizer>(std::move(groups), group_options(0));
}

}  // namespace

OptimizerOptions OptimizerOptions::read(Recipe& recipe) {
  OptimizerOptions options;
  auto optimizer = recipe.section("optimizer");
  options.name = optimizer.get<std::string>("name", "sgd", "what steps are taken by",
                                            one_of({"adamw", "sgd"}));
  const bool sgd = options.name == "sgd";
  if (sgd) {
    options.momentum = optimizer.get<double>("momentum", 0.9, "of SGD", between(0, 1));
    options.nesterov = optimizer.get<bool>("nesterov", true, "Nesterov's momentum");
    if (options.nesterov && options.momentum == 0) {
      throw optimizer.error("nesterov", "expected false where momentum is 0");
    }
  } else {
    options.beta1 = optimizer.get<double>(
        "beta1", 0.9, "share of the mean gradient that a step keeps", at_least(0) && below(1));
    options.beta2 = optimizer.get<double>("beta2", 0.999,
                                          "share of the mean squared gradient that a step keeps",
                                          at_least(0) && below(1));
    options.epsilon = optimizer.get<double>(
        "epsilon", 1e-8, "added to the root of the mean squared gradient", above(0));
  }
  options.weight_decay =
      optimizer.get<double>("weight_decay", sgd ? 5e-4 : 0.01,
                            "of the network; means and variances have none", at_least(0));
  options.network_rate_factor = recipe.section("network").get<double>(
      "learning_rate_factor", 1, "learning rate of the network relative to optimizer.learning_rate",
      above(0));
  return options;
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(Model& model,
                                                        const OptimizerOptions& options) {
  if (options.name == "adamw") {
    return optimizer_of<torch::optim::AdamW>(model, options.weight_decay, [&](double weight_decay) {
      return adamw_options(options, weight_decay);
    });
  }
  return optimizer_of<torch::optim::SGD>(model, options.weight_decay, [&](double weight_decay) {
    return sgd_options(options, weight_decay);
  });
}

void set_learning_rate(torch::optim::Optimizer& optimizer, const OptimizerOptions& options,
                       Loss& loss, double rate) {
  auto& groups = optimizer.param_groups();
  const auto loss_groups = loss.parameter_groups();
  for (size_t g = 0; g < groups.size(); ++g) {
    const double factor =
        g == 0 ? options.network_rate_factor : loss_groups[g - 1].learning_rate_factor;
    groups[g].options().set_lr(rate * factor);
  }
}

}  // namespace gmtrain
