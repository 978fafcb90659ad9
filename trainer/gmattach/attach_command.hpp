// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gmattach/options.hpp"

namespace gmattach {

/// Fits, calibrates and measures a head for a classifier, and writes OUT, OUT's name with .json and
/// with .html. Says what it does on the way.
/// @throws std::exception with one line that says what is wrong. Nothing is written then, unless
///                        the disk fails: the model comes first
void attach(const Options& options);

/// Writes the network up to its features, and no head, to `options.features`.
/// @throws std::exception as attach()
void write_features_network(const Options& options);

}  // namespace gmattach
