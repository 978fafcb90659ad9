// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gmtrain {

Check at_least(double minimum) {
  return {fmt::format("at least {}", minimum), [=](double x) { return x >= minimum; }, {}};
}

Check above(double bound) {
  return {fmt::format("above {}", bound), [=](double x) { return x > bound; }, {}};
}

Check at_most(double maximum) {
  return {fmt::format("at most {}", maximum), [=](double x) { return x <= maximum; }, {}};
}

Check below(double bound) {
  return {fmt::format("below {}", bound), [=](double x) { return x < bound; }, {}};
}

Check between(double minimum, double maximum) {
  return {fmt::format("between {} and {}", minimum, maximum),
          [=](double x) { return x >= minimum && x <= maximum; },
          {}};
}

Check one_of(std::vector<std::string> choices) {
  std::string text = fmt::format("one of \"{}\"", fmt::join(choices, "\", \""));
  const auto listed = [choices = std::move(choices)](std::string_view s) {
    return std::find(choices.begin(), choices.end(), s) != choices.end();
  };
  return {std::move(text), {}, listed};
}

Check operator&&(Check a, Check b) {
  return {a.text + " and " + b.text,
          [a = a.number, b = b.number](double x) { return a(x) && b(x); },
          {}};
}

}  // namespace gmtrain
