// SPDX-License-Identifier: Apache-2.0
// Values of the command line that CLI11 has no form of.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmattach/options.hpp"

namespace gmattach {

/// All throw std::invalid_argument saying what was expected and what was got.

/// "224x160": width and height, each from 1 to 65535.
std::pair<int64_t, int64_t> parse_size(const std::string& text);

/// "0.5" or "1/255".
double parse_number(const std::string& text);

/// Numbers with commas between.
std::vector<double> parse_numbers(const std::string& text);

/// A number above 0 and below 1.
double parse_share(const std::string& text);

/// "NAME=FOLDER"; without NAME= that of the folder.
OutlierFolder parse_outliers(const std::string& text);

}  // namespace gmattach
