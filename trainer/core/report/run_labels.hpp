// How runs are named in tables and charts, and in which order they stand.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "core/report/run_group.hpp"

namespace gmtrain::report {

/// "Softmax", "L-GM (α = 1)"; a covariance other than the identity is added.
std::string loss_label(const nlohmann::ordered_json& facts);

/// "MNIST" of "mnist"; what the paper does not use keeps its name.
std::string data_label(const std::string& data);

/// Network and epochs: "conv6 16-32-64, 8 epochs", "resnet_cifar of depth 20, 300 epochs".
std::string setting_label(const nlohmann::ordered_json& facts);

/// How training images were varied, ", images mirrored, shifted by up to 4 pixels"; empty if they
/// were not.
std::string augmentation_label(const nlohmann::ordered_json& facts);

/// What the score `likelihood` is: "likelihood", or "winning affinity" of losses that have none and
/// hence no calibration (Sect. 4.3).
std::string likelihood_name(const nlohmann::ordered_json& evaluation);

/// "fgsm_0.3" in its parts; a name without a bound is a kind with bound 0.
struct AttackName {
  std::string kind;
  double bound;
};
AttackName split_attack(const std::string& name);

/// "fgsm_0.3" as "FGSM ε = 0.3"; a foreign data set as data_label().
std::string set_label(const std::string& set);

/// By data set, features (most first), network, loss (softmax, center, L-Softmax, L-GM by α) and
/// recipe.
using RunOrder =
    std::tuple<std::string, int64_t, std::string, int64_t, int, double, std::string, int64_t>;
RunOrder order_of(const nlohmann::ordered_json& facts);

/// "0.42 ± 0.01", or without a deviation "0.42". @param scale what the figure is multiplied by
std::string to_text(const Estimate& estimate, int decimals, double scale = 1);

/// "3 seeds", "1 seed".
std::string seeds_label(int64_t count);

}  // namespace gmtrain::report
