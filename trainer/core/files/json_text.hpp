// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace gmtrain {

/// JSON for people and version control: a line for each member of an object and for each element of
/// an array of objects; any other array, such as a curve, on one line. Ends with a line break.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace gmtrain
