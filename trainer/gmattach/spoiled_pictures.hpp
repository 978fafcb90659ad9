// SPDX-License-Identifier: Apache-2.0
// Pictures of the classes that are made into pictures of nothing.
#pragma once

#include <string>
#include <vector>

#include "gmattach/features.hpp"

namespace gmattach {

/// A way to spoil a picture.
struct Spoiling {
  std::string name;
  ChangePicture change;
};

/// Patches of a quarter and of an eighth of the side exchanged at random, pixels exchanged,
/// Gaussian noise of deviation 80, Gaussian blur of an eighth of the side, inversion.
///
/// How well a head tells such pictures goes with how well it tells real strangers, which nobody has
/// when a head is fitted.
const std::vector<Spoiling>& spoilings();

}  // namespace gmattach
