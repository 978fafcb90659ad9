// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gmtrain {

/// What a recipe's value must satisfy beyond its type. The default allows anything. A check on
/// numbers holds for each element of a list; so does one_of for a list of strings.
struct Check {
  std::string text;  ///< for messages and documentation: "at least 1"
  std::function<bool(double)> number;
  std::function<bool(std::string_view)> string;
};

Check at_least(double minimum);
Check above(double bound);
Check at_most(double maximum);
Check below(double bound);
Check between(double minimum, double maximum);  ///< both included
Check one_of(std::vector<std::string> choices);

/// Both: `at_least(0) && below(1)`. For checks on numbers.
Check operator&&(Check a, Check b);

}  // namespace gmtrain
