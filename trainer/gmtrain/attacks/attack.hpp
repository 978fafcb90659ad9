// SPDX-License-Identifier: Apache-2.0
// What an attack is to the evaluation, and the attacks by name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/calibration/calibration.hpp"
#include "core/recipe/recipe.hpp"
#include "core/registry.hpp"
#include "gmtrain/data/dataset.hpp"
#include "gmtrain/model.hpp"

namespace gmtrain {

enum class Norm { inf, two };

/// The table [evaluation.pgd] of a recipe: how attacks of many steps go about it.
struct PgdOptions {
  int64_t steps = 40;
  int64_t restarts = 1;
  double step_size = 0;  ///< in units of the pixel range; 0: 2.5 epsilon / steps
  Norm norm = Norm::inf;
  bool random_start = true;
  int64_t seed = 0;

  static PgdOptions read(Section section);
};

/// A way to turn clean images into adversarial ones.
class Attack {
 public:
  virtual ~Attack() = default;

  /// @param model in evaluation mode
  /// @param batch images, their true labels and numbers
  /// @param calibration of the model, for attacks that know of it; may be null
  /// @return float32 pixels in [0,255], [N,C,H,W], on the model's device, within the attack's bound
  ///
  /// The same images give the same bits. What is random follows from the recipe's seed and the
  /// number of the image alone.
  /// @throws std::invalid_argument where the attack needs a calibration that is not there
  virtual torch::Tensor run(Model& model, const Batch& batch,
                            const Calibration* calibration) const = 0;

  /// Whether it takes many passes through the network for each image.
  virtual bool is_iterative() const { return false; }

  /// Whether it goes against p-values, which a calibration by energy and doubt must give.
  virtual bool needs_calibration() const { return false; }
};

struct NamedAttack {
  std::string name;  ///< such as fgsm_0.3
  std::shared_ptr<const Attack> attack;
};

/// @param name of a kind of attack and its bound epsilon, in units of the pixel range: fgsm_0.3
///             changes pixels by at most 76.5 of 255
/// @throws std::invalid_argument saying what was expected
NamedAttack make_attack(const std::string& name, const PgdOptions& options);

/// Builds the attack of one kind within `epsilon`.
/// To add one: write attacks/<name>.cpp with such a function, and register it there.
using AttackFactory = std::shared_ptr<const Attack> (*)(double epsilon, const PgdOptions& options);

}  // namespace gmtrain
