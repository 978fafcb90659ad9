// SPDX-License-Identifier: Apache-2.0
// The page that says how well a head does.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gmattach/measure.hpp"

namespace gmattach {

/// @param figures what is saved as JSON
/// @param classes names of the labels
std::string attach_page(const nlohmann::ordered_json& figures, const Judged& test,
                        const std::vector<Judged>& outliers,
                        const std::vector<std::string>& classes);

}  // namespace gmattach
