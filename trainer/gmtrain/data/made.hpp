// SPDX-License-Identifier: Apache-2.0
// Pictures that show nothing, as outliers that need no files. To add a kind: draw it in made.cpp
// and register it there.
#pragma once

#include <random>

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// Draws picture `number` of a set: {C,H,W} uint8.
using MadePicture = void (*)(std::mt19937& random, int64_t number, const ImageShape& shape,
                             uint8_t* pixels);

/// 1000 pictures of a registered MadePicture, which are the same each time.
/// @param seed other pictures for another
std::shared_ptr<Dataset> made_pictures(MadePicture draw, const ImageShape& shape, unsigned seed);

}  // namespace gmtrain
